//! Places in the lake as they are typed into a prompt.

use super::paths::offer;
use crate::lake::Lake;
use crate::model::object::Entry;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

const SCHEME: &str = "s3://";

/// The text with what is certain appended, and the buckets or folders that could follow: as
/// many of these as one page of the listing tells.
///
/// # Errors
/// As S3 answers.
pub(super) async fn complete(lake: &Lake, text: &str) -> Result<(String, Vec<String>), Trouble> {
    let Some(typed) = text.strip_prefix(SCHEME) else {
        // Nothing but the scheme can follow.
        let text = if SCHEME.starts_with(text) { SCHEME } else { text };
        return Ok((text.to_owned(), Vec::new()));
    };
    let Some((bucket, key)) = typed.split_once('/') else {
        let buckets = lake.buckets().await?.into_iter().map(|bucket| bucket.name + "/");
        return Ok(offer(SCHEME, typed, beginning(buckets, typed)));
    };
    let (folder, begun) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
    let page = lake.page(&S3Uri::new(bucket, key), true, None, 1000).await?;
    let names = page.entries.into_iter().filter_map(|entry| match entry {
        Entry::Prefix(prefix) => prefix.strip_prefix(folder).map(ToOwned::to_owned),
        Entry::Object(_) => None,
    });
    Ok(offer(&format!("{SCHEME}{bucket}/{folder}"), begun, beginning(names, begun)))
}

fn beginning(names: impl Iterator<Item = String>, begun: &str) -> Vec<String> {
    let mut names: Vec<String> = names.filter(|name| name.starts_with(begun)).collect();
    names.sort();
    names
}
