-- Hands the BRCA1 variants over to the target bucket.
--
-- As it is set up this fails, and is meant to: the target bucket's policy denies every write
-- that does not ask for encryption with a KMS key. Start it again with the argument
--     --kms-key=alias/TRETargetBucketKey
-- and it succeeds.

UNLOAD (
    SELECT variant_id, chrom, pos, ref, alt, rsid, info.af AS allele_frequency
    FROM variants
    WHERE chrom = 'chr17' AND pos BETWEEN 43044295 AND 43125364
)
TO '${egress}brca1/${JOB_RUN_ID}/'
WITH (format = 'PARQUET');
