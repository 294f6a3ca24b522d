//! What guards a bucket beside its policy: the block on public access, access logs, lifecycle.

use s3s::dto::*;
use s3s::{S3Request, S3Response};

use super::bucket::on_bucket;
use super::{Answer, Front, owner_is, without};
use crate::local::s3::Store;
use crate::local::s3::error::StoreError;
use crate::local::s3::lifecycle::AbortRule;
use crate::local::s3::object::{LogFormat, LogTarget, PublicBlock};

/// Nothing in a local lake is public, whatever is set here: requests without a signature are
/// refused before any policy is read.
pub async fn get_public_access_block(
    front: &Front,
    request: S3Request<GetPublicAccessBlockInput>,
) -> Answer<GetPublicAccessBlockOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetBucketPublicAccessBlock",
        |store: &Store, input: GetPublicAccessBlockInput| {
            let block = store.public_block(&input.bucket)?.ok_or_else(|| {
                StoreError::new(
                    "NoSuchPublicAccessBlockConfiguration",
                    "The public access block configuration was not found",
                )
            })?;
            Ok(GetPublicAccessBlockOutput {
                public_access_block_configuration: Some(PublicAccessBlockConfiguration {
                    block_public_acls: Some(block.block_acls),
                    ignore_public_acls: Some(block.ignore_acls),
                    block_public_policy: Some(block.block_policy),
                    restrict_public_buckets: Some(block.restrict),
                }),
            })
        }
    )
}

pub async fn put_public_access_block(
    front: &Front,
    request: S3Request<PutPublicAccessBlockInput>,
) -> Answer<PutPublicAccessBlockOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutBucketPublicAccessBlock",
        |store: &Store, input: PutPublicAccessBlockInput| {
            let asked = input.public_access_block_configuration;
            let block = PublicBlock {
                block_acls: asked.block_public_acls == Some(true),
                ignore_acls: asked.ignore_public_acls == Some(true),
                block_policy: asked.block_public_policy == Some(true),
                restrict: asked.restrict_public_buckets == Some(true),
            };
            store.set_public_block(&input.bucket, Some(block))?;
            Ok(PutPublicAccessBlockOutput::default())
        }
    )
}

pub async fn delete_public_access_block(
    front: &Front,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> Answer<DeletePublicAccessBlockOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutBucketPublicAccessBlock",
        |store: &Store, input: DeletePublicAccessBlockInput| {
            store.set_public_block(&input.bucket, None)?;
            Ok(DeletePublicAccessBlockOutput::default())
        }
    )
}

pub async fn get_bucket_logging(
    front: &Front,
    request: S3Request<GetBucketLoggingInput>,
) -> Answer<GetBucketLoggingOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetBucketLogging",
        |store: &Store, input: GetBucketLoggingInput| {
            let logging_enabled = store.logging(&input.bucket)?.map(|to| LoggingEnabled {
                target_bucket: to.bucket,
                target_prefix: to.prefix,
                target_grants: None,
                target_object_key_format: to.format.map(key_format),
            });
            Ok(GetBucketLoggingOutput { logging_enabled })
        }
    )
}

fn key_format(format: LogFormat) -> TargetObjectKeyFormat {
    match format {
        LogFormat::Simple => TargetObjectKeyFormat {
            simple_prefix: Some(SimplePrefix {}),
            ..TargetObjectKeyFormat::default()
        },
        LogFormat::Partitioned { by } => TargetObjectKeyFormat {
            partitioned_prefix: Some(PartitionedPrefix {
                partition_date_source: by.map(PartitionDateSource::from),
            }),
            ..TargetObjectKeyFormat::default()
        },
    }
}

/// It is kept and told. Nobody writes a log: the local lake has no access logs.
pub async fn put_bucket_logging(
    front: &Front,
    request: S3Request<PutBucketLoggingInput>,
) -> Answer<PutBucketLoggingOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutBucketLogging",
        |store: &Store, input: PutBucketLoggingInput| {
            let asked = input.bucket_logging_status.logging_enabled;
            let to = asked.map(log_target).transpose()?;
            store.set_logging(&input.bucket, to.as_ref())?;
            Ok(PutBucketLoggingOutput::default())
        }
    )
}

fn log_target(asked: LoggingEnabled) -> Result<LogTarget, StoreError> {
    without(asked.target_grants.is_none_or(|grants| grants.is_empty()), "access control lists")?;
    let format = asked.target_object_key_format.map(|format| match format.partitioned_prefix {
        Some(partitioned) => LogFormat::Partitioned {
            by: partitioned.partition_date_source.map(|by| by.as_str().to_owned()),
        },
        None => LogFormat::Simple,
    });
    Ok(LogTarget { bucket: asked.target_bucket, prefix: asked.target_prefix, format })
}

pub async fn get_bucket_lifecycle_configuration(
    front: &Front,
    request: S3Request<GetBucketLifecycleConfigurationInput>,
) -> Answer<GetBucketLifecycleConfigurationOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetLifecycleConfiguration",
        |store: &Store, input: GetBucketLifecycleConfigurationInput| {
            let rules = store.lifecycle(&input.bucket)?;
            if rules.is_empty() {
                return Err(StoreError::new(
                    "NoSuchLifecycleConfiguration",
                    "The lifecycle configuration does not exist",
                ));
            }
            Ok(GetBucketLifecycleConfigurationOutput {
                rules: Some(rules.into_iter().map(told).collect()),
                ..GetBucketLifecycleConfigurationOutput::default()
            })
        }
    )
}

pub async fn put_bucket_lifecycle_configuration(
    front: &Front,
    request: S3Request<PutBucketLifecycleConfigurationInput>,
) -> Answer<PutBucketLifecycleConfigurationOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutLifecycleConfiguration",
        |store: &Store, input: PutBucketLifecycleConfigurationInput| {
            let asked = input.lifecycle_configuration.map(|asked| asked.rules).unwrap_or_default();
            if asked.is_empty() {
                return Err(StoreError::new("MalformedXML", "At least one Rule is needed"));
            }
            let rules = asked.into_iter().map(rule).collect::<Result<Vec<_>, _>>()?;
            let twice = |at: usize| rules[..at].iter().any(|other| other.id == rules[at].id);
            if (0..rules.len()).any(twice) {
                return Err(StoreError::new("InvalidArgument", "Rule ID must be unique"));
            }
            store.set_lifecycle(&input.bucket, &rules)?;
            Ok(PutBucketLifecycleConfigurationOutput::default())
        }
    )
}

pub async fn delete_bucket_lifecycle(
    front: &Front,
    request: S3Request<DeleteBucketLifecycleInput>,
) -> Answer<DeleteBucketLifecycleOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutLifecycleConfiguration",
        |store: &Store, input: DeleteBucketLifecycleInput| {
            store.set_lifecycle(&input.bucket, &[])?;
            Ok(DeleteBucketLifecycleOutput::default())
        }
    )
}

fn told(rule: AbortRule) -> LifecycleRule {
    let status = if rule.enabled { ExpirationStatus::ENABLED } else { ExpirationStatus::DISABLED };
    LifecycleRule {
        abort_incomplete_multipart_upload: Some(AbortIncompleteMultipartUpload {
            days_after_initiation: i32::try_from(rule.days).ok(),
        }),
        expiration: None,
        filter: Some(LifecycleRuleFilter {
            prefix: Some(rule.prefix),
            ..LifecycleRuleFilter::default()
        }),
        id: Some(rule.id),
        noncurrent_version_expiration: None,
        noncurrent_version_transitions: None,
        prefix: None,
        status: ExpirationStatus::from_static(status),
        transitions: None,
    }
}

/// A rule that this lake acts by; any other is refused.
fn rule(asked: LifecycleRule) -> Result<AbortRule, StoreError> {
    let other = asked.expiration.is_some()
        || asked.noncurrent_version_expiration.is_some()
        || asked.noncurrent_version_transitions.is_some_and(|all| !all.is_empty())
        || asked.transitions.is_some_and(|all| !all.is_empty());
    without(!other, "lifecycle actions other than AbortIncompleteMultipartUpload")?;
    let days =
        asked.abort_incomplete_multipart_upload.and_then(|abort| abort.days_after_initiation);
    let Some(days) = days else {
        return Err(StoreError::new("InvalidRequest", "At least one action needs to be specified"));
    };
    let days = u32::try_from(days).ok().filter(|days| *days > 0).ok_or_else(|| {
        StoreError::new("InvalidArgument", "'DaysAfterInitiation' must be a positive integer")
    })?;
    let enabled = match asked.status.as_str() {
        ExpirationStatus::ENABLED => true,
        ExpirationStatus::DISABLED => false,
        _ => return Err(StoreError::new("MalformedXML", "Status must be Enabled or Disabled")),
    };
    let id = asked.id.filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    Ok(AbortRule { id, enabled, prefix: prefix(asked.prefix, asked.filter)?, days })
}

fn prefix(old: Option<String>, filter: Option<LifecycleRuleFilter>) -> Result<String, StoreError> {
    let Some(filter) = filter else { return Ok(old.unwrap_or_default()) };
    let narrow = filter.and.is_some()
        || filter.tag.is_some()
        || filter.object_size_greater_than.is_some()
        || filter.object_size_less_than.is_some();
    if narrow {
        let why = "AbortIncompleteMultipartUpload cannot be specified with tags or sizes";
        return Err(StoreError::new("InvalidRequest", why));
    }
    Ok(filter.prefix.unwrap_or_default())
}
