//! Buckets and what is set on them.

use s3s::dto::*;
use s3s::{S3Request, S3Response};

use super::{Answer, Front, convert, owner_is, without};
use crate::local::principal::REGION;
use crate::local::s3::Store;
use crate::local::s3::error::StoreError;
use crate::local::s3::object::{SseRule, Versioning};

pub async fn list_buckets(
    front: &Front,
    request: S3Request<ListBucketsInput>,
) -> Answer<ListBucketsOutput> {
    front.who(&request)?;
    let input = request.input;
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input.continuation_token.unwrap_or_default();
    let all = front.run(Store::buckets).await?;
    let limit =
        convert::limit(input.max_buckets, 10_000, "max-buckets").map_err(super::error::s3)?;
    let mut buckets: Vec<Bucket> = all
        .into_iter()
        .filter(|bucket| bucket.name.starts_with(&prefix) && bucket.name > after)
        .map(|bucket| Bucket {
            name: Some(bucket.name),
            creation_date: Some(Timestamp::from(bucket.created)),
            bucket_region: Some(REGION.to_owned()),
        })
        .collect();
    let more = buckets.len() > limit;
    buckets.truncate(limit);
    let continuation_token =
        if more { buckets.last().and_then(|bucket| bucket.name.clone()) } else { None };
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        owner: Some(convert::owner()),
        prefix: input.prefix,
        continuation_token,
    }))
}

pub async fn create_bucket(
    front: &Front,
    request: S3Request<CreateBucketInput>,
) -> Answer<CreateBucketOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let name = input.bucket.clone();
    front
        .run(move |store| {
            if !who.is_admin() {
                return Err(administrators_only(&who.arn(), "s3:CreateBucket", &input.bucket));
            }
            without(input.object_lock_enabled_for_bucket != Some(true), "object lock")?;
            store.create_bucket(&input.bucket)
        })
        .await?;
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{name}")) }))
}

fn administrators_only(who: &str, action: &str, bucket: &str) -> StoreError {
    StoreError::new(
        "AccessDenied",
        format!(
            "User: {who} is not authorized to perform: {action} on resource: \"arn:aws:s3:::{bucket}\" because only the administrator of a local lake may"
        ),
    )
}

/// An operation on a bucket: owner and permission are checked before `work` is done.
macro_rules! on_bucket {
    ($front:ident, $request:ident, $action:literal, $work:expr) => {{
        let who = $front.who(&$request)?;
        let input = $request.input;
        $front
            .run(move |store| {
                store.bucket(&input.bucket)?;
                owner_is(input.expected_bucket_owner.as_ref())?;
                store.allowed(&who, $action, &input.bucket, "", None)?;
                #[allow(clippy::redundant_closure_call, reason = "it gives the closure its types")]
                ($work)(store, input)
            })
            .await
            .map(S3Response::new)
    }};
}
pub(super) use on_bucket;

pub async fn head_bucket(
    front: &Front,
    request: S3Request<HeadBucketInput>,
) -> Answer<HeadBucketOutput> {
    on_bucket!(front, request, "s3:ListBucket", |_: &Store, _| Ok(HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    }))
}

pub async fn delete_bucket(
    front: &Front,
    request: S3Request<DeleteBucketInput>,
) -> Answer<DeleteBucketOutput> {
    on_bucket!(front, request, "s3:DeleteBucket", |store: &Store, input: DeleteBucketInput| {
        store.delete_bucket(&input.bucket)?;
        Ok(DeleteBucketOutput::default())
    })
}

/// `us-east-1` is written as nothing.
pub async fn get_bucket_location(
    front: &Front,
    request: S3Request<GetBucketLocationInput>,
) -> Answer<GetBucketLocationOutput> {
    on_bucket!(front, request, "s3:GetBucketLocation", |_: &Store, _| Ok(
        GetBucketLocationOutput::default()
    ))
}

pub async fn get_bucket_versioning(
    front: &Front,
    request: S3Request<GetBucketVersioningInput>,
) -> Answer<GetBucketVersioningOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetBucketVersioning",
        |store: &Store, input: GetBucketVersioningInput| {
            let status = match store.versioning(&input.bucket)? {
                Versioning::Off => None,
                Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
                Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
            };
            let status = status.map(BucketVersioningStatus::from_static);
            Ok(GetBucketVersioningOutput { status, ..GetBucketVersioningOutput::default() })
        }
    )
}

pub async fn put_bucket_versioning(
    front: &Front,
    request: S3Request<PutBucketVersioningInput>,
) -> Answer<PutBucketVersioningOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutBucketVersioning",
        |store: &Store, input: PutBucketVersioningInput| {
            let configuration = &input.versioning_configuration;
            let mfa = configuration
                .mfa_delete
                .as_ref()
                .is_some_and(|mfa| mfa.as_str() == MFADelete::ENABLED);
            without(!mfa, "MFA delete")?;
            let on = match configuration.status.as_ref().map(BucketVersioningStatus::as_str) {
                Some(BucketVersioningStatus::ENABLED) => true,
                Some(BucketVersioningStatus::SUSPENDED) => false,
                _ => {
                    return Err(StoreError::new(
                        "IllegalVersioningConfigurationException",
                        "The Status element must be Enabled or Suspended",
                    ));
                }
            };
            store.set_versioning(&input.bucket, on)?;
            Ok(PutBucketVersioningOutput::default())
        }
    )
}

/// A bucket without a setting of its own encrypts with AES256, as every bucket of S3.
pub async fn get_bucket_encryption(
    front: &Front,
    request: S3Request<GetBucketEncryptionInput>,
) -> Answer<GetBucketEncryptionOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetEncryptionConfiguration",
        |store: &Store, input: GetBucketEncryptionInput| {
            let rule = store.default_encryption(&input.bucket)?.unwrap_or_else(|| SseRule {
                algorithm: "AES256".to_owned(),
                kms_key: None,
                bucket_key: false,
            });
            let rule = ServerSideEncryptionRule {
                apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                    sse_algorithm: ServerSideEncryption::from(rule.algorithm),
                    kms_master_key_id: rule.kms_key,
                }),
                bucket_key_enabled: Some(rule.bucket_key),
            };
            let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
            Ok(GetBucketEncryptionOutput {
                server_side_encryption_configuration: Some(configuration),
            })
        }
    )
}

pub async fn put_bucket_encryption(
    front: &Front,
    request: S3Request<PutBucketEncryptionInput>,
) -> Answer<PutBucketEncryptionOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutEncryptionConfiguration",
        |store: &Store, input: PutBucketEncryptionInput| {
            let rules = input.server_side_encryption_configuration.rules;
            let [rule] = <[ServerSideEncryptionRule; 1]>::try_from(rules).map_err(|_| {
                StoreError::new("MalformedXML", "An encryption configuration has one rule")
            })?;
            let by_default = rule.apply_server_side_encryption_by_default.ok_or_else(|| {
                StoreError::new("MalformedXML", "ApplyServerSideEncryptionByDefault is missing")
            })?;
            let rule = SseRule {
                algorithm: by_default.sse_algorithm.as_str().to_owned(),
                kms_key: by_default.kms_master_key_id,
                bucket_key: rule.bucket_key_enabled.unwrap_or(false),
            };
            store.set_default_encryption(&input.bucket, Some(rule))?;
            Ok(PutBucketEncryptionOutput::default())
        }
    )
}

pub async fn delete_bucket_encryption(
    front: &Front,
    request: S3Request<DeleteBucketEncryptionInput>,
) -> Answer<DeleteBucketEncryptionOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutEncryptionConfiguration",
        |store: &Store, input: DeleteBucketEncryptionInput| {
            store.set_default_encryption(&input.bucket, None)?;
            Ok(DeleteBucketEncryptionOutput::default())
        }
    )
}

pub async fn get_bucket_policy(
    front: &Front,
    request: S3Request<GetBucketPolicyInput>,
) -> Answer<GetBucketPolicyOutput> {
    on_bucket!(
        front,
        request,
        "s3:GetBucketPolicy",
        |store: &Store, input: GetBucketPolicyInput| {
            let policy = store.policy(&input.bucket)?;
            let policy = policy.ok_or_else(|| {
                StoreError::new("NoSuchBucketPolicy", "The bucket policy does not exist")
            })?;
            Ok(GetBucketPolicyOutput { policy: Some(policy) })
        }
    )
}

pub async fn put_bucket_policy(
    front: &Front,
    request: S3Request<PutBucketPolicyInput>,
) -> Answer<PutBucketPolicyOutput> {
    on_bucket!(
        front,
        request,
        "s3:PutBucketPolicy",
        |store: &Store, input: PutBucketPolicyInput| {
            store.set_policy(&input.bucket, Some(&input.policy))?;
            Ok(PutBucketPolicyOutput::default())
        }
    )
}

pub async fn delete_bucket_policy(
    front: &Front,
    request: S3Request<DeleteBucketPolicyInput>,
) -> Answer<DeleteBucketPolicyOutput> {
    on_bucket!(
        front,
        request,
        "s3:DeleteBucketPolicy",
        |store: &Store, input: DeleteBucketPolicyInput| {
            store.set_policy(&input.bucket, None)?;
            Ok(DeleteBucketPolicyOutput::default())
        }
    )
}
