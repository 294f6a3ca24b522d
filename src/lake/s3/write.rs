//! Writing: small objects, deletes, buckets. Every one passes the guard and is witnessed.

use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, CreateBucketConfiguration, Delete,
    ObjectIdentifier, ServerSideEncryption,
};
use bytes::Bytes;

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use super::convert::quoted;
use crate::model::mode::Mode;
use crate::model::object::Encryption;
use crate::model::storage::Class;
use crate::model::trouble::{Kind, Trouble};
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

/// One key of a delete, and what became of it.
pub type Deleted = (String, Result<(), Trouble>);

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

    /// Deletes keys of one bucket, a thousand a request, one audit line a key.
    ///
    /// # Errors
    /// Where nothing was deleted at all; what became of each key is in the answer.
    pub async fn delete(&self, bucket: &str, keys: &[String]) -> Result<Vec<Deleted>, Trouble> {
        let mut fates = Vec::with_capacity(keys.len());
        for batch in keys.chunks(1000) {
            match self.delete_batch(bucket, batch).await {
                Ok(done) => fates.extend(done),
                Err(trouble) if fates.is_empty() => return Err(trouble),
                Err(trouble) => {
                    fates.extend(batch.iter().map(|key| (key.clone(), Err(trouble.clone()))));
                }
            }
        }
        Ok(fates)
    }

    async fn delete_batch(&self, bucket: &str, keys: &[String]) -> Result<Vec<Deleted>, Trouble> {
        let mut permits = Vec::with_capacity(keys.len());
        for key in keys {
            let ask = delete_ask(&S3Uri::new(bucket, key));
            permits.push(self.permit(&ask).await?);
        }
        let ask = match keys {
            [only] => delete_ask(&S3Uri::new(bucket, only)),
            _ => Ask::bucket(
                "s3:DeleteObject",
                &format!("delete {} objects of", keys.len()),
                &S3Uri::new(bucket, ""),
            ),
        };
        let sent = match delete_list(&ask, keys) {
            Ok(list) => {
                self.in_bucket(&ask, bucket, Pace::Bulk, |client| {
                    client.delete_objects().bucket(bucket).delete(list.clone()).send()
                })
                .await
            }
            Err(trouble) => Err(trouble),
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(trouble) => {
                for permit in permits {
                    let _ = permit.failed(trouble.clone());
                }
                return Err(trouble);
            }
        };
        let request_id = answer.request_id().map(ToOwned::to_owned);
        let errors = answer.errors.unwrap_or_default();
        let fates = keys.iter().zip(permits).map(|(key, permit)| {
            let error = errors.iter().find(|error| error.key.as_ref() == Some(key));
            let fate = error.map_or(Ok(()), |error| Err(refusal(bucket, key, error)));
            let receipt =
                |(): &()| Receipt { request_id: request_id.clone(), ..Receipt::default() };
            (key.clone(), permit.settle(fate, receipt))
        });
        Ok(fates.collect())
    }

    /// Deletes the very object that has this ETag, and no other that has taken its name since.
    /// A versioned bucket keeps it as an old version below a delete marker.
    ///
    /// A store that knows no conditional delete is looked at first and asked without one.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where it has changed, as S3
    /// answers else.
    pub async fn delete_same(
        &self,
        uri: &S3Uri,
        etag: &str,
        approval: Option<String>,
    ) -> Result<(), Trouble> {
        let ask = delete_ask(uri).approved(approval);
        let permit = self.permit(&ask).await?;
        let sent = match self.deleted(&ask, uri, Some(etag)).await {
            Err(trouble) if trouble.is_unknown_there() => match self.find(uri).await {
                Ok(Some(head)) if head.etag.as_deref() == Some(etag) => {
                    self.deleted(&ask, uri, None).await
                }
                Ok(_) => Err(Trouble::new(Kind::Precondition, &ask.what, "it has been replaced")),
                Err(trouble) => Err(trouble),
            },
            other => other,
        };
        permit.settle(sent, Clone::clone).map(drop)
    }

    async fn deleted(
        &self,
        ask: &Ask,
        uri: &S3Uri,
        etag: Option<&str>,
    ) -> Result<Receipt, Trouble> {
        let answer = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .delete_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_if_match(etag.map(quoted))
                    .send()
            })
            .await?;
        Ok(Receipt {
            request_id: answer.request_id().map(ToOwned::to_owned),
            version_id: answer.version_id,
            ..Receipt::default()
        })
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

fn delete_ask(uri: &S3Uri) -> Ask {
    Ask::object("s3:DeleteObject", "delete", uri)
}

fn delete_list(ask: &Ask, keys: &[String]) -> Result<Delete, Trouble> {
    let wrong = |error: aws_sdk_s3::error::BuildError| {
        Trouble::new(Kind::Invalid, &ask.what, error.to_string())
    };
    let mut list = Delete::builder().quiet(true);
    for key in keys {
        list = list.objects(ObjectIdentifier::builder().key(key).build().map_err(wrong)?);
    }
    list.build().map_err(wrong)
}

fn refusal(bucket: &str, key: &str, error: &aws_sdk_s3::types::Error) -> Trouble {
    let code = error.code.clone().unwrap_or_default();
    let kind = if code == "AccessDenied" { Kind::Denied } else { Kind::Other };
    let uri = S3Uri::new(bucket, key);
    let said = error.message.clone().unwrap_or_default();
    let mut trouble = Trouble::new(kind, format!("delete {uri}"), format!("{code}: {said}"));
    if kind == Kind::Denied {
        trouble = trouble.hint(format!("it needs s3:DeleteObject on arn:aws:s3:::{bucket}/{key}"));
    }
    trouble.code = Some(code);
    trouble
}
