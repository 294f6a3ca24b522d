//! `lakehand ls [s3://BUCKET[/PREFIX]] [-r] [--json]`

use jiff::Timestamp;
use serde::Serialize;

use crate::govern::shown;
use crate::lake::Lake;
use crate::listing::{self, Gait};
use crate::model::object::{Bucket, Entry, Object};
use crate::model::uri::S3Uri;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;
use super::rows::Rows;

#[derive(Debug, clap::Args)]
pub struct LsArgs {
    /// Where to look; the lake's buckets, if left out
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    pub uri: Option<S3Uri>,
    /// Objects in folders too
    #[arg(short, long)]
    pub recursive: bool,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn run(context: &Context, args: &LsArgs) -> Result<Exit, Failure> {
    let work = async {
        let lake = context.open_lake().await?;
        let mut out = Out::stdout();
        match &args.uri {
            None => buckets(&lake, args.json, &mut out).await?,
            Some(uri) if args.recursive => everything(&lake, uri, args.json, &mut out).await?,
            Some(uri) => level(&lake, uri, args.json, &mut out).await?,
        }
        Ok(Exit::Done)
    };
    context.until_interrupted(work).await
}

async fn buckets(lake: &Lake, json: bool, out: &mut Out) -> Result<(), Failure> {
    for bucket in lake.buckets().await? {
        if json {
            let role = bucket.role.map(|role| role.name());
            out.json(&BucketLine { bucket: &bucket.name, role })?;
        } else {
            out.line(&bucket_line(&bucket))?;
        }
    }
    out.flush()
}

/// Page by page, each printed as it arrives.
async fn level(lake: &Lake, uri: &S3Uri, json: bool, out: &mut Out) -> Result<(), Failure> {
    let mut level = listing::level(lake, uri.clone());
    while let Some(page) = level.next().await {
        let mut entries = page?.entries;
        // S3 answers objects and folders apart; both in order, and pages follow one another.
        entries.sort_by(|one, other| one.key().as_bytes().cmp(other.key().as_bytes()));
        for entry in &entries {
            if json { json_line(entry, out)? } else { out.line(&text_line(entry))? }
        }
        out.flush()?;
    }
    Ok(())
}

/// Every key below, as they come in order.
async fn everything(lake: &Lake, uri: &S3Uri, json: bool, out: &mut Out) -> Result<(), Failure> {
    let mut walk = listing::walk(lake, uri.clone(), Gait::default());
    let mut rows = Rows::default();
    while let Some(keys) = walk.next().await {
        out.bytes(rows.of(&keys?, json).as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

#[derive(Serialize)]
struct BucketLine<'a> {
    bucket: &'a str,
    role: Option<&'a str>,
}

#[derive(Serialize)]
struct PrefixLine<'a> {
    prefix: &'a str,
}

#[derive(Serialize)]
struct ObjectLine<'a> {
    key: &'a str,
    size: u64,
    last_modified: Option<String>,
    etag: Option<&'a str>,
    storage_class: Option<&'a str>,
}

fn json_line(entry: &Entry, out: &mut Out) -> Result<(), Failure> {
    match entry {
        Entry::Prefix(prefix) => out.json(&PrefixLine { prefix }),
        Entry::Object(object) => out.json(&ObjectLine {
            key: &object.key,
            size: object.size,
            last_modified: object.modified.map(time),
            etag: object.etag.as_deref(),
            storage_class: object.storage_class.as_deref(),
        }),
    }
}

/// RFC 3339 in whole seconds, which is all that a listing has.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn column(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), time)
}

fn text_line(entry: &Entry) -> String {
    match entry {
        Entry::Prefix(prefix) => format!("{:20} {:>12} {}", "", "PRE", shown(prefix)),
        Entry::Object(Object { key, size, modified, .. }) => {
            format!("{:20} {size:>12} {}", column(*modified), shown(key))
        }
    }
}

fn bucket_line(bucket: &Bucket) -> String {
    let role = bucket.role.map_or("-", |role| role.name());
    format!("{:20} {role:>12} {}", column(bucket.created), shown(&bucket.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_time_size_key() {
        let mut object = Object {
            key: "a/b\u{1b}[2J\u{202e}\n.txt".to_owned(),
            size: 42,
            modified: Some("2026-11-21T10:00:00.5Z".parse().unwrap()),
            etag: None,
            storage_class: None,
            restore: None,
        };
        assert_eq!(
            text_line(&Entry::Object(object.clone())),
            "2026-11-21T10:00:00Z           42 a/b␛[2J<U+202E>␊.txt"
        );
        object.modified = None;
        assert!(text_line(&Entry::Object(object)).starts_with("-  "));
        let folder = text_line(&Entry::Prefix("a/".to_owned()));
        assert_eq!(folder.split_whitespace().collect::<Vec<_>>(), ["PRE", "a/"]);
    }
}
