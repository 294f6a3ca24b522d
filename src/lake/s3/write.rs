//! Writing: small objects, buckets. Every one passes the guard and is witnessed.

use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, CreateBucketConfiguration, ServerSideEncryption,
};
use bytes::Bytes;

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use crate::model::mode::Mode;
use crate::model::object::Encryption;
use crate::model::storage::Class;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// How an object is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutWith {
    /// Names `aws:kms` and this key in the request. The configuration's key for the bucket is
    /// used where this is `None`.
    pub kms_key: Option<String>,
    /// False: an object of that name makes it fail with [`Kind::Precondition`].
    pub overwrite: bool,
    pub content_type: Option<String>,
    /// The approval reference for the audit log.
    pub approval: Option<String>,
    /// Of a copy; `None`: the class of a new object.
    pub class: Option<Class>,
}

/// What a write left in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Without its quotes.
    pub etag: Option<String>,
    pub version_id: Option<String>,
    pub encryption: Encryption,
    /// `CRC64NVME:…`, where the service answered one.
    pub checksum: Option<String>,
    pub request_id: Option<String>,
}

impl Written {
    pub(in crate::lake) fn receipt(&self) -> Receipt {
        Receipt {
            version_id: self.version_id.clone(),
            request_id: self.request_id.clone(),
            checksum: self.checksum.clone(),
            until: None,
        }
    }
}

/// The encryption header's two values; neither where no key is known.
pub(in crate::lake) fn encryption(
    kms_key: Option<&str>,
) -> (Option<ServerSideEncryption>, Option<String>) {
    match kms_key {
        Some(key) => (Some(ServerSideEncryption::AwsKms), Some(key.to_owned())),
        None => (None, None),
    }
}

impl Lake {
    /// The KMS key to name when writing into a bucket.
    pub(in crate::lake) fn key_for(&self, bucket: &str, asked: Option<&str>) -> Option<String> {
        asked.or_else(|| self.settings().kms_key(bucket)).map(ToOwned::to_owned)
    }

    /// Writes a small object in one request, with its CRC64NVME.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where one is there already.
    pub async fn put_bytes(
        &self,
        uri: &S3Uri,
        bytes: Bytes,
        with: &PutWith,
    ) -> Result<Written, Trouble> {
        let ask = Ask::object("s3:PutObject", "write", uri).approved(with.approval.clone());
        let permit = self.permit(&ask).await?;
        let (sse, key) = encryption(self.key_for(&uri.bucket, with.kms_key.as_deref()).as_deref());
        let sent = self
            .in_bucket(&ask, &uri.bucket, Pace::Bulk, |client| {
                client
                    .put_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .body(ByteStream::from(bytes.clone()))
                    .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
                    .set_server_side_encryption(sse.clone())
                    .set_ssekms_key_id(key.clone())
                    .set_content_type(with.content_type.clone())
                    .set_if_none_match((!with.overwrite).then(|| "*".to_owned()))
                    .send()
            })
            .await
            .map(Written::from);
        permit.settle(sent, Written::receipt)
    }

    /// Makes a bucket in the lake's region.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), Trouble> {
        let ask = Ask::bucket("s3:CreateBucket", "create", &S3Uri::new(bucket, ""));
        let permit = self.permit(&ask).await?;
        let region = self.region().await?;
        // us-east-1 is said by saying nothing.
        let place = (region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region.as_str()))
                .build()
        });
        let sent = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client
                    .create_bucket()
                    .bucket(bucket)
                    .set_create_bucket_configuration(place.clone())
                    .send()
            })
            .await
            .map(|answer| Receipt {
                request_id: answer.request_id().map(ToOwned::to_owned),
                ..Receipt::default()
            });
        permit.settle(sent, Clone::clone).map(|_| ())
    }

    /// Removes an empty bucket; in admin mode only.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn delete_bucket(&self, bucket: &str) -> Result<(), Trouble> {
        let ask = Ask::bucket("s3:DeleteBucket", "delete", &S3Uri::new(bucket, ""));
        let permit = self.permit_from(&ask, Mode::Admin).await?;
        let sent = self
            .in_bucket(&ask, bucket, Pace::Quick, |client| {
                client.delete_bucket().bucket(bucket).send()
            })
            .await
            .map(|answer| Receipt {
                request_id: answer.request_id().map(ToOwned::to_owned),
                ..Receipt::default()
            });
        permit.settle(sent, Clone::clone).map(|_| ())
    }
}
