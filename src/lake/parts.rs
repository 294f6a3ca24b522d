//! Uploads: one PutObject, or a multipart upload from Create to Complete or Abort.
//!
//! Bodies are streamed from the file and not hashed for the signature: their checksum guards
//! them. An object put at once has it in a header. A part has it behind its last byte, so that
//! its file is read once; in a header only for stores that do not take it there.

use std::sync::Arc;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{Builder as Override, RequestChecksumCalculation};
use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::operation::upload_part::UploadPartInput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};

use super::Lake;
use super::ask::{Ask, Pace};
use super::body::{Meter, Slice, Summed, as_s3_writes};
use super::guard::Receipt;
use super::lean;
use super::s3::{PutWith, Written, bare, encryption};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What guards the bytes of one part on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// CRC64NVME, summed up on the way and sent behind the last byte; kept by the store as the
    /// next.
    Behind,
    /// Base64; kept by the store and part of the whole object's checksum.
    Crc64Nvme(String),
    /// `Content-MD5`, base64, for stores that know no checksums: compared and forgotten.
    Md5(String),
}

/// A part that the store has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Without its quotes.
    pub etag: String,
    /// What was summed up on the way, for [`Check::Behind`]; the store has the same.
    pub crc64nvme: Option<u64>,
}

/// A multipart upload that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub to: S3Uri,
    pub upload_id: String,
    /// The store echoed the checksum algorithm asked for. One that did not would ignore
    /// checksums in silence.
    pub checksums: bool,
}

/// A part as Complete names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPart {
    /// From 1.
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// Without its quotes.
    pub etag: String,
    /// Base64 CRC64NVME, where the upload has checksums.
    pub crc64nvme: Option<String>,
}

/// The whole that Complete is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Bytes.
    pub size: u64,
    /// Base64 CRC64NVME of the full object, where the upload has checksums.
    pub crc64nvme: Option<String>,
    /// Fails where an object of that name has appeared meanwhile.
    pub only_if_absent: bool,
}

impl Lake {
    /// Writes a slice of a file as one object.
    ///
    /// `only_if_absent` is `with.overwrite` turned round, and may be lifted where the store
    /// does not know the condition.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where one is there already,
    /// [`Kind::Integrity`] where the bytes do not fit the checksum.
    pub async fn put_slice(
        &self,
        uri: &S3Uri,
        slice: &Slice,
        crc64nvme: &str,
        with: &PutWith,
        meter: Arc<dyn Meter>,
    ) -> Result<Written, Trouble> {
        let ask = Ask::object("s3:PutObject", "write", uri).approved(with.approval.clone());
        let permit = self.permit(&ask).await?;
        let (sse, key) = encryption(self.key_for(&uri.bucket, with.kms_key.as_deref()).as_deref());
        let request = || {
            PutObjectInput::builder()
                .bucket(&uri.bucket)
                .key(&uri.key)
                .body(slice.clone().stream(meter.clone()))
                .checksum_crc64_nvme(crc64nvme)
                .set_server_side_encryption(sse.clone())
                .set_ssekms_key_id(key.clone())
                .set_content_type(with.content_type.clone())
                .set_if_none_match((!with.overwrite).then(|| "*".to_owned()))
        };
        let clients = self.clients().await?;
        let sent = self
            .in_bucket(&ask, &uri.bucket, Pace::Bulk, |client| {
                let (clients, request) = (&clients, &request);
                async move { lean::put(&clients.lean, &client, &uri.bucket, request).await }
            })
            .await
            .map(Written::from);
        permit.settle(sent, Written::receipt)
    }

    /// Begins a multipart upload with a full-object CRC64NVME, naming the bucket's KMS key.
    /// Tried once: where no answer came, an upload may have begun all the same.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn begin_upload(&self, uri: &S3Uri, with: &PutWith) -> Result<Begun, Trouble> {
        let ask =
            Ask::object("s3:PutObject", "begin the upload of", uri).approved(with.approval.clone());
        let permit = self.permit(&ask).await?;
        let (sse, key) = encryption(self.key_for(&uri.bucket, with.kms_key.as_deref()).as_deref());
        let sent = self
            .in_bucket(&ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .create_multipart_upload()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
                    .checksum_type(ChecksumType::FullObject)
                    .set_server_side_encryption(sse.clone())
                    .set_ssekms_key_id(key.clone())
                    .set_content_type(with.content_type.clone())
                    .customize()
                    .config_override(once())
                    .send()
            })
            .await
            .and_then(|answer| {
                let upload_id = answer.upload_id.ok_or_else(|| {
                    Trouble::new(Kind::Other, &ask.what, "the answer names no upload")
                })?;
                let checksums = answer.checksum_algorithm == Some(ChecksumAlgorithm::Crc64Nvme);
                Ok(Begun { to: uri.clone(), upload_id, checksums })
            });
        permit.settle(sent, |begun| Receipt {
            request_id: Some(begun.upload_id.clone()),
            ..Receipt::default()
        })
    }

    /// Sends one part. Leaves no audit line: until Complete, which leaves
    /// one, nothing in the bucket has changed.
    ///
    /// # Errors
    /// [`Kind::Refused`] in read-only mode, [`Kind::Integrity`] where the bytes do not fit the
    /// check, or the answer does not tell that they fit one sent behind them,
    /// [`Kind::NotFound`] where the upload is gone.
    pub async fn send_part(
        &self,
        begun: &Begun,
        number: u32,
        slice: &Slice,
        check: &Check,
        meter: Arc<dyn Meter>,
    ) -> Result<Taken, Trouble> {
        let verb = format!("send part {number} of");
        let sum = Summed::default();
        let ask = Ask::object("s3:PutObject", &verb, &begun.to);
        self.may_write(&ask)?;
        let request = || {
            let request = UploadPartInput::builder()
                .bucket(&begun.to.bucket)
                .key(&begun.to.key)
                .upload_id(&begun.upload_id)
                .part_number(i32::try_from(number).unwrap_or(i32::MAX));
            let (slice, meter) = (slice.clone(), meter.clone());
            match check {
                Check::Behind => request
                    .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
                    .body(slice.summed(meter, sum.clone())),
                Check::Crc64Nvme(sum) => request.checksum_crc64_nvme(sum).body(slice.stream(meter)),
                Check::Md5(sum) => request.content_md5(sum).body(slice.stream(meter)),
            }
        };
        let clients = self.clients().await?;
        let answer = self
            .in_bucket(&ask, &begun.to.bucket, Pace::Bulk, |client| {
                let (clients, request) = (&clients, &request);
                let behind = (*check == Check::Behind).then_some(&sum);
                async move {
                    lean::part(&clients.lean, &client, &begun.to.bucket, behind, request).await
                }
            })
            .await?;
        let crc64nvme = fitting(check, &sum, answer.checksum_crc64_nvme.as_deref())
            .map_err(|why| Trouble::new(Kind::Integrity, &ask.what, why))?;
        let etag = answer.e_tag.as_deref().map(bare);
        let etag =
            etag.ok_or_else(|| Trouble::new(Kind::Other, ask.what, "the answer carries no ETag"))?;
        Ok(Taken { etag, crc64nvme })
    }

    /// False where the environment or the profile wants checksums only where they are required
    /// (`AWS_REQUEST_CHECKSUM_CALCULATION`), which is said for stores that know no trailers.
    ///
    /// # Errors
    /// As [`Lake::identity`] where there is no client.
    pub async fn may_sum_up_behind(&self) -> Result<bool, Trouble> {
        let wanted = self.clients().await?.sdk.request_checksum_calculation();
        Ok(wanted != Some(RequestChecksumCalculation::WhenRequired))
    }

    /// Makes one object of the parts, which are in order.
    ///
    /// # Errors
    /// [`Kind::Precondition`] where an object has appeared meanwhile, [`Kind::NotFound`] where
    /// the upload is gone, [`Kind::Integrity`] where the whole does not fit its checksum.
    pub async fn complete_upload(
        &self,
        begun: &Begun,
        parts: &[SentPart],
        whole: &Whole,
        with: &PutWith,
    ) -> Result<Written, Trouble> {
        let ask = Ask::object("s3:PutObject", "complete the upload of", &begun.to)
            .approved(with.approval.clone());
        let permit = self.permit(&ask).await?;
        let list = completed(parts);
        let size = i64::try_from(whole.size).ok();
        let sent = self
            .in_bucket(&ask, &begun.to.bucket, Pace::Bulk, |client| {
                client
                    .complete_multipart_upload()
                    .bucket(&begun.to.bucket)
                    .key(&begun.to.key)
                    .upload_id(&begun.upload_id)
                    .multipart_upload(list.clone())
                    .set_checksum_crc64_nvme(whole.crc64nvme.clone())
                    .set_checksum_type(whole.crc64nvme.as_ref().map(|_| ChecksumType::FullObject))
                    .set_mpu_object_size(size)
                    .set_if_none_match(whole.only_if_absent.then(|| "*".to_owned()))
                    .send()
            })
            .await
            .map(Written::from);
        permit.settle(sent, Written::receipt)
    }

    /// Throws an upload's parts away. One that is gone already is no failure.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn abort_upload(&self, begun: &Begun) -> Result<(), Trouble> {
        let ask = Ask::object("s3:AbortMultipartUpload", "abort the upload of", &begun.to);
        let permit = self.permit(&ask).await?;
        let sent = self
            .in_bucket(&ask, &begun.to.bucket, Pace::Quick, |client| {
                client
                    .abort_multipart_upload()
                    .bucket(&begun.to.bucket)
                    .key(&begun.to.key)
                    .upload_id(&begun.upload_id)
                    .send()
            })
            .await
            .map(|answer| answer.request_id().map(ToOwned::to_owned));
        let sent = match sent {
            Err(trouble) if trouble.kind == Kind::NotFound => Ok(None),
            other => other,
        };
        permit
            .settle(sent, |request_id| Receipt {
                request_id: request_id.clone(),
                ..Receipt::default()
            })
            .map(|_| ())
    }

    /// The parts that the store has of an upload, all pages of them.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where the upload is gone.
    pub async fn sent_parts(&self, begun: &Begun) -> Result<Vec<SentPart>, Trouble> {
        let ask = Ask::object("s3:ListMultipartUploadParts", "list the parts of", &begun.to);
        let mut parts = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let answer = self
                .in_bucket(&ask, &begun.to.bucket, Pace::Quick, |client| {
                    client
                        .list_parts()
                        .bucket(&begun.to.bucket)
                        .key(&begun.to.key)
                        .upload_id(&begun.upload_id)
                        .set_part_number_marker(marker.clone())
                        .send()
                })
                .await?;
            parts.extend(answer.parts.unwrap_or_default().into_iter().filter_map(|part| {
                Some(SentPart {
                    number: u32::try_from(part.part_number?).ok()?,
                    size: u64::try_from(part.size?).ok()?,
                    etag: bare(&part.e_tag?),
                    crc64nvme: part.checksum_crc64_nvme,
                })
            }));
            marker = answer.next_part_number_marker.filter(|_| answer.is_truncated == Some(true));
            if marker.is_none() {
                return Ok(parts);
            }
        }
    }
}

/// For Create: tried again behind our back it would leave the first upload to nobody.
pub(super) fn once() -> Override {
    Override::new().retry_config(RetryConfig::disabled())
}

/// Compares what was sent with the CRC64NVME that the store answers, and gives what was summed up
/// on the way. That has to be answered: a store that knows no trailers would take it for content.
fn fitting(check: &Check, sum: &Summed, there: Option<&str>) -> Result<Option<u64>, String> {
    let (sent, summed) = match check {
        Check::Behind => {
            let sum = sum.value().ok_or("the answer came before the last byte was sent")?;
            (as_s3_writes(sum), Some(sum))
        }
        Check::Crc64Nvme(sent) => (sent.clone(), None),
        Check::Md5(_) => return Ok(None),
    };
    match there {
        None if summed.is_some() => Err("the answer tells no checksum".to_owned()),
        Some(there) if there != sent => {
            Err(format!("CRC64NVME:{sent} was sent and CRC64NVME:{there} is there"))
        }
        _ => Ok(summed),
    }
}

fn completed(parts: &[SentPart]) -> CompletedMultipartUpload {
    let parts = parts
        .iter()
        .map(|part| {
            CompletedPart::builder()
                .part_number(i32::try_from(part.number).unwrap_or(i32::MAX))
                .e_tag(format!("\"{}\"", part.etag))
                .set_checksum_crc64_nvme(part.crc64nvme.clone())
                .build()
        })
        .collect();
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}
