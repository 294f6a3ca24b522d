//! Lifecycle rules, as far as this lake acts by them: it aborts uploads that nobody completed.

use std::time::{Duration, SystemTime};

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::Store;
use super::bucket::{from_millis, millis};
use super::error::StoreError;
use super::rows::{from_json, to_json};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Uploads whose key begins with the prefix are aborted so many days after they were begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbortRule {
    pub id: String,
    pub enabled: bool,
    /// Empty: the whole bucket.
    pub prefix: String,
    pub days: u32,
}

impl AbortRule {
    /// As S3 counts: the days after it was begun, and on to the next midnight UTC.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
    fn is_due(&self, initiated: SystemTime, now: SystemTime) -> bool {
        let day = DAY.as_millis() as i64;
        let whole = millis(initiated) + i64::from(self.days) * day;
        millis(now) >= whole.div_euclid(day) * day + if whole % day == 0 { 0 } else { day }
    }
}

impl Store {
    /// The rules; empty where there are none.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn lifecycle(&self, bucket: &str) -> Result<Vec<AbortRule>, StoreError> {
        let json = self.field(bucket, "lifecycle")?;
        Ok(json.as_deref().map(from_json).transpose()?.unwrap_or_default())
    }

    /// Replaces the rules, and acts by them.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn set_lifecycle(&self, bucket: &str, rules: &[AbortRule]) -> Result<(), StoreError> {
        let json = (!rules.is_empty()).then(|| to_json(&rules)).transpose()?;
        self.set_field(bucket, "lifecycle", json.as_deref())?;
        self.abort_overdue(bucket)
    }

    /// Aborts what the rules of all buckets want aborted.
    pub(super) fn abort_overdue_everywhere(&self) -> Result<(), StoreError> {
        let sql = "SELECT name FROM s3_buckets WHERE lifecycle IS NOT NULL";
        let buckets: Vec<String> =
            self.state.with(|db| db.prepare(sql)?.query_map([], |row| row.get(0))?.collect())?;
        for bucket in buckets {
            match self.abort_overdue(&bucket) {
                // Its folder was taken away by hand.
                Err(why) if why.code == "NoSuchBucket" => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Aborts what the bucket's rules want aborted: before its uploads are told, so that none
    /// is seen after its time.
    pub(super) fn abort_overdue(&self, bucket: &str) -> Result<(), StoreError> {
        let now = SystemTime::now();
        for rule in self.lifecycle(bucket)?.iter().filter(|rule| rule.enabled) {
            for id in self.overdue(bucket, rule, now)? {
                let _held = self.locks.upload(&id)?;
                self.forget_upload(&id)?;
            }
        }
        Ok(())
    }

    fn overdue(
        &self,
        bucket: &str,
        rule: &AbortRule,
        now: SystemTime,
    ) -> Result<Vec<String>, StoreError> {
        let uploads: Vec<(String, String, i64)> = self.state.with(|db| {
            let sql = "SELECT id, key, initiated FROM s3_uploads WHERE bucket = ?1";
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement
                .query_map(params![bucket], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        })?;
        let due = uploads.into_iter().filter(|(_, key, initiated)| {
            key.starts_with(&rule.prefix) && rule.is_due(from_millis(*initiated), now)
        });
        Ok(due.map(|(id, ..)| id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_due_at_the_midnight_after_its_days() {
        let rule = AbortRule { id: "r".into(), enabled: true, prefix: String::new(), days: 7 };
        let at = |text: &str| SystemTime::from(text.parse::<jiff::Timestamp>().unwrap());
        let due = |now| rule.is_due(at("2026-11-01T10:30:00Z"), at(now));
        assert!(!due("2026-11-08T23:59:59Z"));
        assert!(due("2026-11-09T00:00:00Z"));
        assert!(rule.is_due(at("2026-11-01T00:00:00Z"), at("2026-11-08T00:00:00Z")));
    }
}
