//! `lakehand ls [s3://BUCKET[/PREFIX]] [-r] [--json]`

use jiff::Timestamp;
use serde::Serialize;

use crate::govern::shown;
use crate::lake::Lake;
use crate::listing::{self, Gait, Item};
use crate::model::object::Bucket;
use crate::model::uri::S3Uri;

use super::context::Context;
use super::failure::{Exit, Failure, note};
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
    let (buckets, denied) = lake.buckets_as_far_as_known().await?;
    for bucket in buckets {
        if json {
            let role = bucket.role.map(|role| role.name());
            out.json(&BucketLine { bucket: &bucket.name, role })?;
        } else {
            out.line(&bucket_line(&bucket))?;
        }
    }
    out.flush()?;
    if let Some(trouble) = denied {
        note(&format!("only the buckets of the configuration: {trouble}"));
    }
    Ok(())
}

/// Page by page, each printed as it arrives.
async fn level(lake: &Lake, uri: &S3Uri, json: bool, out: &mut Out) -> Result<(), Failure> {
    let mut level = listing::level(lake, uri.clone(), Gait::default());
    let mut rows = Rows::default();
    while let Some(items) = level.next().await {
        for item in items?.iter() {
            match item {
                Item::Object(key) => out.bytes(rows.one(&key, json).as_bytes())?,
                Item::Folder(prefix) if json => out.json(&PrefixLine { prefix })?,
                Item::Folder(prefix) => out.line(&folder_line(prefix))?,
            }
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

/// RFC 3339 in whole seconds, which is all that a listing has.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn column(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), time)
}

fn folder_line(prefix: &str) -> String {
    format!("{:20} {:>12} {}", "", "PRE", shown(prefix))
}

fn bucket_line(bucket: &Bucket) -> String {
    let role = bucket.role.map_or("-", |role| role.name());
    format!("{:20} {role:>12} {}", column(bucket.created), shown(&bucket.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_marked_as_one() {
        let folder = folder_line("a/\u{1b}/");
        assert_eq!(folder.split_whitespace().collect::<Vec<_>>(), ["PRE", "a/␛/"]);
    }
}
