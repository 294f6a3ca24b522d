-- name: BRCA1 variants
-- about: All variants in the BRCA1 locus (GRCh38); chrom is the partition key, so one file is read
SELECT variant_id, pos, ref, alt, rsid, info.af AS allele_frequency, dp, gq
FROM variants
WHERE chrom = 'chr17' AND pos BETWEEN 43044295 AND 43125364
ORDER BY pos;

-- name: Variants by chromosome
-- about: Counts and mean quality; reads the whole table
SELECT chrom, count(*) AS variants, round(avg(qual), 2) AS mean_quality
FROM variants
GROUP BY chrom
ORDER BY variants DESC;

-- name: Rare variants that pass
-- about: Allele frequency below one in a thousand, filter PASS
SELECT chrom, pos, ref, alt, info.af AS allele_frequency
FROM variants
WHERE chrom IN ('chr13', 'chr17') AND info.af < 0.001 AND contains(filters, 'PASS')
ORDER BY chrom, pos
LIMIT 100;

-- name: Pathogenic in ClinVar
-- about: Joins what was sequenced with what is known; run the crawler first, it makes the table clinvar
SELECT v.variant_id, c.genesymbol, c.clinicalsignificance, c.phenotypelist
FROM variants v
JOIN clinvar c
    ON v.chrom = 'chr' || CAST(c.chromosome AS varchar)
    AND v.pos = c.start AND v.alt = c.alternateallele
WHERE c.clinicalsignificance IN ('Pathogenic', 'Likely pathogenic')
ORDER BY c.genesymbol
LIMIT 100;

-- name: Patients by condition
-- about: FHIR conditions counted; run the crawler first, it makes the table condition
SELECT code.coding[1].display AS disease, count(*) AS patients
FROM condition
GROUP BY 1
ORDER BY 2 DESC;
