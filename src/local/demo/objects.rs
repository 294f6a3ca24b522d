//! The demo's buckets and what lies in them.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::params;

use super::genes::CHROMOSOMES;
use super::settings::{ANALYST, LOCATION_ROLE, SOURCE, TARGET, key_of, keys};
use super::texts::Genome;
use super::{DemoError, people, scripts, texts, variants};
use crate::local::lakeformation::{Location, Registration};
use crate::local::principal::{ACCOUNT, Principal};
use crate::local::s3::{AbortRule, Expected, PutOptions, SseRule, Store, UploadQuery};
use crate::local::state::State;

/// The same seed makes the same lake, to the byte.
const SEED: u64 = 0x0017_4304_4295;

/// Bytes of each part of the upload that is left.
const PART: usize = 256 << 10;
/// In milliseconds.
const THREE_WEEKS: i64 = 21 * 24 * 3600 * 1000;

/// Where the variants are, in the source bucket.
pub const VARIANTS: &str = "variants/";

/// Makes the buckets, guarded as the reference lake's are.
///
/// # Errors
/// Those of the store.
pub fn make_buckets(store: &Store) -> Result<(), DemoError> {
    for (bucket, key) in keys() {
        match store.create_bucket(bucket) {
            Err(why) if why.code != "BucketAlreadyOwnedByYou" => return Err(why.into()),
            _ => {}
        }
        store.set_policy(bucket, Some(&policy(bucket)))?;
        let rule = SseRule {
            algorithm: "aws:kms".to_owned(),
            kms_key: Some(key.to_owned()),
            bucket_key: true,
        };
        store.set_default_encryption(bucket, Some(rule))?;
    }
    for bucket in [SOURCE, TARGET] {
        store.set_versioning(bucket, true)?;
        register(store, bucket)?;
    }
    // The source bucket has no such rule: an upload that was left lies there for ever.
    for bucket in [TARGET, ANALYST] {
        let id = "AbortIncompleteUploads".to_owned();
        let rule = AbortRule { id, enabled: true, prefix: String::new(), days: 7 };
        store.set_lifecycle(bucket, &[rule])?;
    }
    Ok(())
}

/// Lake Formation says who reads there.
fn register(store: &Store, bucket: &str) -> Result<(), DemoError> {
    let arn = format!("arn:aws:s3:::{bucket}");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{LOCATION_ROLE}");
    let location = Location { bucket: bucket.to_owned(), path: String::new() };
    let modified = jiff::Timestamp::now().as_second();
    store.registrations().add(&Registration { location, arn, role, hybrid: false, modified })?;
    Ok(())
}

/// Default encryption does not satisfy the first: every write has to ask. The second has no
/// one over a line that is not encrypted.
fn policy(bucket: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "DenyUnencryptedObjectUploads",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{bucket}/*"),
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        }, {
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    })
    .to_string()
}

/// Writes all objects.
///
/// # Errors
/// Those of the store.
pub fn make_objects(store: &Store) -> Result<(), DemoError> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let genome: Genome = CHROMOSOMES
        .iter()
        .map(|(chrom, length)| (*chrom, variants::of(chrom, *length, &mut random)))
        .collect();
    for (chrom, list) in &genome {
        let key = format!("{VARIANTS}chrom={chrom}/part-00000.parquet");
        put(
            store,
            SOURCE,
            &key,
            &variants::parquet(chrom, list)?,
            "application/vnd.apache.parquet",
        )?;
    }
    let clinvar = texts::gzip(&texts::clinvar(&genome, &mut random))?;
    put(store, SOURCE, "clinvar/variant_summary.txt.gz", &clinvar, "application/gzip")?;
    let vcf = texts::gzip(&texts::vcf(&genome, "DEMO0001"))?;
    put(store, SOURCE, "raw/DEMO0001/DEMO0001.hard-filtered.vcf.gz", &vcf, "application/gzip")?;
    for (index, reads) in texts::fastq("DEMO0001", 2_000, &mut random).iter().enumerate() {
        let key = format!("raw/DEMO0001/DEMO0001_R{}.fastq.gz", index + 1);
        put(store, SOURCE, &key, &texts::gzip(reads)?, "application/gzip")?;
    }
    put(store, SOURCE, "panel/genes.bed", texts::bed().as_bytes(), "text/plain")?;
    let quality = texts::quality(&mut random);
    put(store, SOURCE, "qc/run_metrics.csv", quality.as_bytes(), "text/csv")?;
    let people = people::invent(&mut random);
    for (kind, lines) in [
        ("patient", people.patients),
        ("observation", people.observations),
        ("condition", people.conditions),
    ] {
        let key = format!("fhir/{kind}/{kind}.ndjson");
        put(store, SOURCE, &key, lines.as_bytes(), "application/fhir+ndjson")?;
    }
    for (key, script) in scripts::all() {
        put(store, SOURCE, key, script.as_bytes(), "application/sql")?;
    }
    let note = "Results of queries and jobs are kept in this bucket.\n";
    put(store, ANALYST, "README.txt", note.as_bytes(), "text/plain")?;
    let note = "Only approved egress leaves the lake, under approved_egress/.\n";
    put(store, TARGET, "README.txt", note.as_bytes(), "text/plain")?;
    Ok(())
}

/// Leaves an upload in the source bucket that nobody ever completed, three weeks old: its parts
/// cost money in AWS, and no listing of objects shows them.
///
/// # Errors
/// Those of the store.
pub fn leave_upload(store: &Store, state: &State) -> Result<(), DemoError> {
    let key = "incoming/DEMO0002/DEMO0002.cram";
    let known = UploadQuery { prefix: key, limit: 1, ..UploadQuery::default() };
    if !store.uploads(SOURCE, &known)?.items.is_empty() {
        return Ok(());
    }
    let admin = Principal::Administrator;
    let options = encrypted(SOURCE, "application/octet-stream");
    let upload = store.create_upload(&admin, SOURCE, key, &options, None)?;
    let mut random = SmallRng::seed_from_u64(SEED);
    for number in 1..=3 {
        let part: Vec<u8> = (0..PART).map(|_| random.random()).collect();
        let nothing = Expected::default();
        store.put_part(&admin, &upload, number, part.as_slice(), None, &nothing, || {
            Ok(Expected::default())
        })?;
    }
    let age = "UPDATE s3_uploads SET initiated = initiated - ?2 WHERE id = ?1";
    state.with(|db| db.execute(age, params![upload.id, THREE_WEEKS]))?;
    Ok(())
}

fn put(store: &Store, bucket: &str, key: &str, body: &[u8], kind: &str) -> Result<(), DemoError> {
    store.put(&Principal::Administrator, bucket, key, body, encrypted(bucket, kind))?;
    Ok(())
}

/// What the bucket's policy wants of a write.
fn encrypted(bucket: &str, kind: &str) -> PutOptions {
    PutOptions {
        content_type: Some(kind.to_owned()),
        sse: Some("aws:kms".to_owned()),
        kms_key: key_of(bucket).map(str::to_owned),
        bucket_key: true,
        ..PutOptions::default()
    }
}
