//! The unfinished uploads of a bucket, and what they hold.

use std::collections::HashSet;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

use super::judge::Left;
use crate::lake::Lake;
use crate::lake::parts::Begun;
use crate::lake::strays::Stray;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What was begun since may be under way on another machine.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);
/// Each is asked for its parts; of more than these the bytes are not all told.
const MEASURED: usize = 200;
const AT_ONCE: usize = 4;

/// Counts and measures. `live`: the uploads that transfers of this machine are about.
///
/// # Errors
/// As S3 answers over the list of uploads.
pub async fn count(
    lake: &Lake,
    bucket: &str,
    live: &HashSet<String>,
    now: Timestamp,
) -> Result<Left, Trouble> {
    let mut old = Vec::new();
    let mut left = Left { measured: true, ..Left::default() };
    let mut after = None;
    loop {
        let page = lake.strays(bucket, after.as_ref()).await?;
        for stray in page.uploads.into_iter().filter(|one| !live.contains(&one.upload_id)) {
            match is_old(&stray, now) {
                true => old.push(stray),
                false => left.young += 1,
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    left.old = old.len() as u64;
    left.oldest = old.iter().filter_map(|stray| stray.initiated).min();
    left.measured = old.len() <= MEASURED;
    let sizes: Vec<Option<u64>> = futures::stream::iter(
        old.into_iter().take(MEASURED).map(|stray| size(lake, bucket, stray)),
    )
    .buffer_unordered(AT_ONCE)
    .collect()
    .await;
    left.measured &= sizes.iter().all(Option::is_some);
    left.bytes = sizes.into_iter().flatten().sum();
    Ok(left)
}

/// One whose age is not told is taken for old.
fn is_old(stray: &Stray, now: Timestamp) -> bool {
    stray.initiated.is_none_or(|then| now.duration_since(then) > YOUNG)
}

/// What the store has of one; `None` where it does not say.
async fn size(lake: &Lake, bucket: &str, stray: Stray) -> Option<u64> {
    let to = S3Uri::new(bucket, &stray.key);
    let begun = Begun { to, upload_id: stray.upload_id, checksums: false };
    match lake.sent_parts(&begun).await {
        Ok(parts) => Some(parts.iter().map(|part| part.size).sum()),
        // Completed or aborted meanwhile.
        Err(trouble) if trouble.kind == Kind::NotFound => Some(0),
        Err(_) => None,
    }
}
