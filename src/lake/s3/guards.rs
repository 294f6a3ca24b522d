//! What is set on a bucket. Asked here and judged in `govern`; nothing is changed.

use aws_sdk_s3::types;

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use crate::model::bucket::{
    DefaultEncryption, LifecycleRule, Logging, PublicBlock, Scope, Versioning,
};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

fn ask(action: &'static str, what: &str, bucket: &str) -> Ask {
    Ask::bucket(action, &format!("read the {what} of"), &S3Uri::new(bucket, ""))
}

/// What was never set is no failure: S3 has a code for it.
fn unless_unset<T>(answer: Result<T, Trouble>, code: &str) -> Result<Option<T>, Trouble> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(trouble) if trouble.code.as_deref() == Some(code) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

impl Lake {
    /// The region that the bucket is known to be in, once it has answered; else the lake's.
    ///
    /// # Errors
    /// As [`Lake::region`].
    pub async fn region_of(&self, bucket: &str) -> Result<String, Trouble> {
        match self.0.regions.of(bucket) {
            Some(region) => Ok(region),
            None => self.region().await,
        }
    }

    /// How the bucket encrypts what comes without a word about it.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn default_encryption(
        &self,
        bucket: &str,
    ) -> Result<Option<DefaultEncryption>, Trouble> {
        let ask = ask("s3:GetEncryptionConfiguration", "default encryption", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_bucket_encryption().bucket(bucket).send()
            })
            .await;
        let answer = unless_unset(answer, "ServerSideEncryptionConfigurationNotFoundError")?;
        Ok(answer
            .and_then(|answer| answer.server_side_encryption_configuration)
            .and_then(|configuration| configuration.rules.into_iter().next())
            .and_then(encryption))
    }

    /// What of public access the bucket itself blocks.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn public_block(&self, bucket: &str) -> Result<Option<PublicBlock>, Trouble> {
        let ask = ask("s3:GetBucketPublicAccessBlock", "public access block", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_public_access_block().bucket(bucket).send()
            })
            .await;
        let answer = unless_unset(answer, "NoSuchPublicAccessBlockConfiguration")?;
        let block = answer.and_then(|answer| answer.public_access_block_configuration);
        Ok(block.map(|block| PublicBlock {
            block_acls: block.block_public_acls == Some(true),
            ignore_acls: block.ignore_public_acls == Some(true),
            block_policy: block.block_public_policy == Some(true),
            restrict: block.restrict_public_buckets == Some(true),
        }))
    }

    /// Whether the bucket keeps versions.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn versioning(&self, bucket: &str) -> Result<Versioning, Trouble> {
        let ask = ask("s3:GetBucketVersioning", "versioning", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_bucket_versioning().bucket(bucket).send()
            })
            .await?;
        Ok(match answer.status {
            Some(types::BucketVersioningStatus::Enabled) => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => Versioning::Off,
        })
    }

    /// The bucket's policy, as it was put.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn bucket_policy(&self, bucket: &str) -> Result<Option<String>, Trouble> {
        let ask = ask("s3:GetBucketPolicy", "policy", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_bucket_policy().bucket(bucket).send()
            })
            .await;
        Ok(unless_unset(answer, "NoSuchBucketPolicy")?.and_then(|answer| answer.policy))
    }

    /// Where the bucket's access logs go.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn logging(&self, bucket: &str) -> Result<Option<Logging>, Trouble> {
        let ask = ask("s3:GetBucketLogging", "access logging", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_bucket_logging().bucket(bucket).send()
            })
            .await?;
        Ok(answer.logging_enabled.map(|to| Logging {
            partitioned: to
                .target_object_key_format
                .is_some_and(|format| format.partitioned_prefix.is_some()),
            bucket: to.target_bucket,
            prefix: to.target_prefix,
        }))
    }

    /// The bucket's lifecycle rules.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn lifecycle(&self, bucket: &str) -> Result<Vec<LifecycleRule>, Trouble> {
        let ask = ask("s3:GetLifecycleConfiguration", "lifecycle rules", bucket);
        let answer = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.get_bucket_lifecycle_configuration().bucket(bucket).send()
            })
            .await;
        let answer = unless_unset(answer, "NoSuchLifecycleConfiguration")?;
        let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
        Ok(rules.into_iter().map(lifecycle_rule).collect())
    }
}

fn encryption(rule: types::ServerSideEncryptionRule) -> Option<DefaultEncryption> {
    let by_default = rule.apply_server_side_encryption_by_default?;
    Some(DefaultEncryption {
        algorithm: by_default.sse_algorithm.as_str().to_owned(),
        kms_key: by_default.kms_master_key_id.filter(|key| !key.is_empty()),
        bucket_key: rule.bucket_key_enabled == Some(true),
    })
}

fn lifecycle_rule(rule: types::LifecycleRule) -> LifecycleRule {
    #[allow(deprecated, reason = "rules that were put the old way have their prefix here")]
    let old = rule.prefix.clone();
    LifecycleRule {
        id: rule.id.unwrap_or_default(),
        enabled: rule.status == types::ExpirationStatus::Enabled,
        scope: scope(old, rule.filter),
        abort_after: rule
            .abort_incomplete_multipart_upload
            .and_then(|abort| abort.days_after_initiation),
    }
}

fn scope(old: Option<String>, filter: Option<types::LifecycleRuleFilter>) -> Scope {
    let below = |prefix: Option<String>| match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => Scope::Prefix(prefix),
        None => Scope::Whole,
    };
    let Some(filter) = filter else { return below(old) };
    let narrow = filter.tag.is_some()
        || filter.and.is_some()
        || filter.object_size_greater_than.is_some()
        || filter.object_size_less_than.is_some();
    if narrow { Scope::Narrow } else { below(filter.prefix) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{LifecycleRuleFilter, Tag};

    #[test]
    fn a_rule_is_about_the_whole_bucket_or_less() {
        let filter = |filter: LifecycleRuleFilter| scope(None, Some(filter));
        let bare = LifecycleRuleFilter::builder();
        assert_eq!(scope(None, None), Scope::Whole);
        assert_eq!(filter(bare.clone().prefix("").build()), Scope::Whole);
        assert_eq!(scope(Some("logs/".into()), None), Scope::Prefix("logs/".into()));
        assert_eq!(filter(bare.clone().prefix("in/").build()), Scope::Prefix("in/".into()));
        let tag = Tag::builder().key("k").value("v").build().unwrap();
        assert_eq!(filter(bare.tag(tag).build()), Scope::Narrow);
    }
}
