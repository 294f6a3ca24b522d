//! The newest access log of a bucket. Years of logs lie in one folder: only its end is listed.

use jiff::{SignedDuration, Timestamp};

use crate::lake::{From, Lake};
use crate::model::bucket::Logging;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// How far back is looked, step by step, in hours.
const BACK: [i64; 5] = [2, 24, 7 * 24, 31 * 24, 366 * 24];
/// Pages of a thousand keys at most: in a busy bucket the last hours have many.
const PAGES: usize = 10;

/// When the newest log of this bucket was written; `None` where there is none of the last year.
/// Names are made of the time:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-log-keyname-format>
///
/// # Errors
/// As S3 answers over the target bucket.
pub async fn newest(
    lake: &Lake,
    bucket: &str,
    to: &Logging,
    now: Timestamp,
) -> Result<Option<Timestamp>, Trouble> {
    let folder = match to.partitioned {
        false => to.prefix.clone(),
        true => {
            let (who, region) = (lake.identity().await?, lake.region_of(bucket).await?);
            format!("{}{}/{region}/{bucket}/", to.prefix, who.account)
        }
    };
    let place = S3Uri::new(&to.bucket, &folder);
    for hours in BACK {
        let since = now - SignedDuration::from_hours(hours);
        let found = since_then(lake, &place, &after(&folder, to.partitioned, since)).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Behind this name are the logs of that time and later.
fn after(folder: &str, partitioned: bool, since: Timestamp) -> String {
    let day = if partitioned { since.strftime("%Y/%m/%d/").to_string() } else { String::new() };
    format!("{folder}{day}{}", since.strftime("%Y-%m-%d-%H-%M-%S"))
}

async fn since_then(lake: &Lake, place: &S3Uri, after: &str) -> Result<Option<Timestamp>, Trouble> {
    let mut page = lake.keys(place, false, From::After(after), 1000).await?;
    let mut newest = None;
    for _ in 0..PAGES {
        newest = newest.max(page.keys.iter().filter_map(|key| key.modified).max());
        let Some(next) = page.next else { break };
        page = lake.keys(place, false, From::Token(&next), 1000).await?;
    }
    Ok(newest.and_then(|second| Timestamp::from_second(second).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_their_time() {
        let at = "2026-11-21T18:03:04Z".parse().unwrap();
        assert_eq!(after("logs/source-", false, at), "logs/source-2026-11-21-18-03-04");
        let folder = "logs/111122223333/eu-west-2/tre/";
        assert_eq!(after(folder, true, at), format!("{folder}2026/11/21/2026-11-21-18-03-04"));
    }
}
