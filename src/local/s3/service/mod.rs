//! The store behind S3's own protocol.
//!
//! `s3s` parses requests, checks signatures and writes answers; this is its `S3`
//! trait, one file for each group of operations. What is not here answers
//! `NotImplemented`.

mod archive;
mod body;
mod bucket;
mod convert;
mod copy;
mod error;
mod get;
mod guards;
mod history;
mod list;
mod multipart;
mod object;
mod put;
mod tagging;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, S3, S3Request, S3Response, S3Result, s3_error};

use super::Store;
use super::error::StoreError;
use crate::local::principal::{ACCOUNT, Principal};

/// Who an access key belongs to, and the secret that proves it.
#[derive(Clone)]
pub struct Identity {
    pub principal: Principal,
    pub secret: String,
}

/// Looks an access key up.
pub type Keyring = Arc<dyn Fn(&str) -> Option<Identity> + Send + Sync>;

/// S3 over a store. Requests without a valid signature are refused.
#[derive(Clone)]
pub struct Service(S3Service);

impl Service {
    pub fn new(store: Store, keys: Keyring) -> Self {
        let mut builder = S3ServiceBuilder::new(Front { store, keys: keys.clone() });
        builder.set_auth(Auth(keys));
        Self(builder.build())
    }

    /// Answers one request; S3's own errors are answers.
    ///
    /// # Errors
    /// Where the protocol's library itself breaks down.
    pub async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let mut answer = self.0.call(request).await?;
        if let Some(order) = answer.extensions_mut().remove::<history::Order>() {
            answer = xml::rewritten(answer, |document| history::in_order(document, &order));
        }
        let mut answer = xml::rewritten(answer, xml::referenced);
        // What an operation wants where the library knows one status only.
        if let Some(status) = answer.extensions_mut().remove::<StatusCode>() {
            *answer.status_mut() = status;
        }
        Ok(answer)
    }
}

struct Auth(Keyring);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match (self.0)(access_key) {
            Some(identity) => Ok(SecretKey::from(identity.secret)),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records."
            )),
        }
    }
}

struct Front {
    store: Store,
    keys: Keyring,
}

type Answer<T> = S3Result<S3Response<T>>;

impl Front {
    /// Who signed the request; the signature was verified before it came here.
    fn who<T>(&self, request: &S3Request<T>) -> S3Result<Principal> {
        let key = request.credentials.as_ref().map(|credentials| credentials.access_key.as_str());
        let identity = key.and_then(|key| (self.keys)(key));
        identity
            .map(|identity| identity.principal)
            .ok_or_else(|| s3_error!(AccessDenied, "Anonymous access is not allowed"))
    }

    /// Runs what blocks on a thread that may.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> S3Result<T> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result.map_err(error::s3),
            Err(_) => Err(s3_error!(InternalError, "The request failed inside the local lake")),
        }
    }
}

/// `x-amz-expected-bucket-owner`
fn owner_is(expected: Option<&String>) -> Result<(), StoreError> {
    match expected {
        Some(owner) if owner != ACCOUNT => Err(StoreError::new(
            "AccessDenied",
            format!("The bucket belongs to account {ACCOUNT}, not to the expected owner {owner}"),
        )),
        _ => Ok(()),
    }
}

/// Refuses what would otherwise be ignored.
fn without(absent: bool, what: &str) -> Result<(), StoreError> {
    if absent {
        return Ok(());
    }
    Err(StoreError::new("NotImplemented", format!("The local lake does not have {what}")))
}

/// One line an operation: the trait's methods cannot be spread over files, what they
/// do can.
macro_rules! operations {
    ($($name:ident($input:ty) -> $output:ty = $place:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Front {
            $(async fn $name(&self, request: S3Request<$input>) -> Answer<$output> {
                $place::$name(self, request).await
            })*
        }
    };
}

operations! {
    list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket;
    create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = bucket;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = bucket;
    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput = bucket;
    put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput = bucket;
    delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput = bucket;
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = guards;
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = guards;
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = guards;
    get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput = guards;
    put_bucket_logging(PutBucketLoggingInput) -> PutBucketLoggingOutput = guards;
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = guards;
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = guards;
    delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput = guards;
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = bucket;
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = bucket;
    delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput = bucket;
    list_objects(ListObjectsInput) -> ListObjectsOutput = list;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = list;
    head_object(HeadObjectInput) -> HeadObjectOutput = get;
    get_object(GetObjectInput) -> GetObjectOutput = get;
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput = object;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = object;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = object;
    put_object(PutObjectInput) -> PutObjectOutput = put;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy;
    restore_object(RestoreObjectInput) -> RestoreObjectOutput = archive;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tagging;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = tagging;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = tagging;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = multipart;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = copy;
    list_parts(ListPartsInput) -> ListPartsOutput = multipart;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = multipart;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = multipart;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = multipart;
}
