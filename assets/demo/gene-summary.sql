-- Counts the variants in each gene of the panel.
--
-- Every run writes to a folder of its own (JOB_RUN_ID is the run's id), so that none has to
-- delete what an earlier one wrote; the table then points to the newest.
-- Arguments: --results, the folder to write below; --rare, the highest allele frequency that
-- counts as rare; --kms-key, the key to encrypt with.

DROP TABLE IF EXISTS gene_summary;

CREATE TABLE gene_summary
WITH (
    format = 'PARQUET',
    external_location = '${results}gene_summary/${JOB_RUN_ID}/'
) AS
WITH panel (gene, chromosome, locus_start, locus_end) AS (
    VALUES
${panel}
)
SELECT
    panel.gene,
    count(*) AS variants,
    sum(CASE WHEN v.info.af <= ${rare} THEN 1 ELSE 0 END) AS rare_variants,
    avg(v.dp) AS mean_depth,
    max(v.qual) AS best_quality
FROM variants v
JOIN panel
    ON v.chrom = panel.chromosome
    AND v.pos BETWEEN panel.locus_start AND panel.locus_end
GROUP BY panel.gene;
