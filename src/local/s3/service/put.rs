//! Writing one object.

use s3s::dto::{PutObjectInput, PutObjectOutput, ServerSideEncryption};
use s3s::{S3Request, S3Response};

use super::body::{self, Upload};
use super::convert::{self, set_checksum, sums_of};
use super::{Answer, Front, owner_is, without};
use crate::local::s3::checksum::{Algorithm, Expected};
use crate::local::s3::error::StoreError;
use crate::local::s3::object::{PutOptions, Versioning};

/// The largest object that is not sent in parts, in bytes.
pub const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// The fields that PutObject, CopyObject and CreateMultipartUpload have alike.
macro_rules! options_of {
    ($input:expr) => {{
        let input = &$input;
        $crate::local::s3::service::put::refuse_unknown(
            input.acl.as_ref().map(|acl| acl.as_str()),
            &[
                (
                    input.sse_customer_algorithm.is_none(),
                    "encryption with keys of the client's (SSE-C)",
                ),
                (
                    input.object_lock_mode.is_none()
                        && input.object_lock_legal_hold_status.is_none(),
                    "object lock",
                ),
                (input.website_redirect_location.is_none(), "website redirects"),
                (
                    input.grant_full_control.is_none()
                        && input.grant_read.is_none()
                        && input.grant_read_acp.is_none()
                        && input.grant_write_acp.is_none(),
                    "access control lists",
                ),
            ],
        )
        .and_then(|()| {
            Ok($crate::local::s3::object::PutOptions {
                content_type: input.content_type.clone(),
                content_encoding: input
                    .content_encoding
                    .as_deref()
                    .and_then($crate::local::s3::service::put::without_chunking),
                content_disposition: input.content_disposition.clone(),
                content_language: input.content_language.clone(),
                cache_control: input.cache_control.clone(),
                expires: $crate::local::s3::service::convert::expires_text(input.expires.as_ref()),
                sse: input.server_side_encryption.as_ref().map(|sse| sse.as_str().to_owned()),
                kms_key: input.ssekms_key_id.clone(),
                bucket_key: input.bucket_key_enabled.unwrap_or(false),
                metadata: $crate::local::s3::service::convert::metadata(input.metadata.as_ref()),
                tags: match &input.tagging {
                    Some(header) => $crate::local::s3::tags::from_header(header)?,
                    None => Default::default(),
                },
                storage_class: input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
                checksum: match &input.checksum_algorithm {
                    Some(name) => {
                        Some($crate::local::s3::service::convert::algorithm(name.as_str())?)
                    }
                    None => None,
                },
                ..$crate::local::s3::object::PutOptions::default()
            })
        })
    }};
}
pub(super) use options_of;

/// What this lake does not have is refused, not ignored.
pub fn refuse_unknown(acl: Option<&str>, wanted: &[(bool, &str)]) -> Result<(), StoreError> {
    if !matches!(acl, None | Some("private" | "bucket-owner-full-control")) {
        return Err(StoreError::new(
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        ));
    }
    wanted.iter().try_for_each(|(absent, what)| without(*absent, what))
}

/// `aws-chunked` is about the transfer, not about the object.
pub fn without_chunking(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding
        .split(',')
        .map(str::trim)
        .filter(|e| !e.is_empty() && *e != "aws-chunked")
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

pub async fn put_object(
    front: &Front,
    request: S3Request<PutObjectInput>,
) -> Answer<PutObjectOutput> {
    let who = front.who(&request)?;
    let S3Request { mut input, headers, trailing_headers, .. } = request;
    let announced = body::announced(&headers);
    let length = body::length(&headers);
    let body = Upload::new(input.body.take());
    let work = move |store: &crate::local::s3::Store| {
        owner_is(input.expected_bucket_owner.as_ref())?;
        without(input.write_offset_bytes.is_none(), "appending to objects")?;
        let options = options(&input, announced, length)?;
        let versioned = store.versioning(&input.bucket)? != Versioning::Off;
        let info = store.put_announced(&who, &input.bucket, &input.key, body, options, || {
            body::trailer(trailing_headers.as_ref(), announced)
        })?;
        let mut output = PutObjectOutput {
            e_tag: Some(convert::etag(&info.etag)),
            server_side_encryption: info.meta.sse.clone().map(ServerSideEncryption::from),
            ssekms_key_id: info.meta.kms_key.clone(),
            bucket_key_enabled: info.meta.bucket_key.then_some(true),
            version_id: convert::version(&info, versioned),
            ..PutObjectOutput::default()
        };
        set_checksum!(output, &info.meta.checksum);
        Ok(output)
    };
    front.run(work).await.map(S3Response::new)
}

fn options(
    input: &PutObjectInput,
    announced: Option<Algorithm>,
    length: Option<u64>,
) -> Result<PutOptions, StoreError> {
    if length.is_some_and(|length| length > LARGEST) {
        return Err(StoreError::new(
            "EntityTooLarge",
            format!(
                "Your proposed upload exceeds the maximum allowed object size: {LARGEST} bytes; send it in parts"
            ),
        ));
    }
    let mut options: PutOptions = options_of!(*input)?;
    let sums = sums_of!(input);
    only_one(&sums)?;
    if let (Some(declared), Some((sent, _))) = (options.checksum, sums.first())
        && declared != *sent
    {
        return Err(StoreError::new(
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ));
    }
    options.checksum = sums.first().map(|(a, _)| *a).or(announced).or(options.checksum);
    options.expected = Expected { md5: input.content_md5.clone(), sums, size: length };
    options.if_none_match = match input.if_none_match.as_ref().map(convert::condition).as_deref() {
        None => false,
        Some("*") => true,
        Some(_) => {
            return Err(StoreError::new(
                "NotImplemented",
                "If-None-Match takes only * when an object is written",
            ));
        }
    };
    options.if_match = input.if_match.as_ref().map(convert::condition);
    Ok(options)
}

/// # Errors
/// `InvalidRequest` for two checksums at once.
pub fn only_one(sums: &[(Algorithm, String)]) -> Result<(), StoreError> {
    if sums.len() > 1 {
        return Err(StoreError::new(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    Ok(())
}
