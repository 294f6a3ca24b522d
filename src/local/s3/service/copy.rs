//! Copying on the server's side.

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, ETagCondition,
    MetadataDirective, Range, ServerSideEncryption, TaggingDirective, Timestamp,
    UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Request, S3Response};

use super::convert::{self, set_checksum, set_sum};
use super::put::{LARGEST, options_of};
use super::{Answer, Front, owner_is};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::archive::readable;
use crate::local::s3::checksum::Expected;
use crate::local::s3::commit::Condition;
use crate::local::s3::error::StoreError;
use crate::local::s3::find::Pread;
use crate::local::s3::object::{ObjectInfo, PutOptions, Versioning};
use crate::local::s3::read::{Opened, Unopened};

macro_rules! conditions_of {
    ($input:expr) => {
        Conditions {
            matches: $input.copy_source_if_match.as_ref(),
            none: $input.copy_source_if_none_match.as_ref(),
            since: $input.copy_source_if_modified_since.as_ref(),
            until: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}

pub async fn copy_object(
    front: &Front,
    request: S3Request<CopyObjectInput>,
) -> Answer<CopyObjectOutput> {
    let who = front.who(&request)?;
    let S3Request { input, headers, .. } = request;
    let work = move |store: &Store| copy(store, &who, &input, destination(&headers)?);
    front.run(work).await.map(S3Response::new)
}

/// The conditions on the destination, which s3s does not know of a copy.
fn destination(headers: &http::HeaderMap) -> Result<Condition, StoreError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let absent = match text(http::header::IF_NONE_MATCH).map(str::trim) {
        None => false,
        Some("*") => true,
        Some(_) => {
            return Err(StoreError::new(
                "NotImplemented",
                "If-None-Match takes only * when an object is written",
            ));
        }
    };
    let etag = text(http::header::IF_MATCH).map(|tag| tag.trim().trim_matches('"').to_owned());
    Ok(Condition { absent, etag })
}

fn copy(
    store: &Store,
    who: &Principal,
    input: &CopyObjectInput,
    there: Condition,
) -> Result<CopyObjectOutput, StoreError> {
    owner_is(input.expected_bucket_owner.as_ref())?;
    owner_is(input.expected_source_bucket_owner.as_ref())?;
    let (bucket, key, version) = place(&input.copy_source)?;
    let mut options: PutOptions = options_of!(*input)?;
    let source = source(store, who, bucket, key, version)?;
    conditions_of!(input).hold(&source.info)?;
    if source.info.size > LARGEST {
        return Err(too_large());
    }
    let replace =
        input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    let itself = version.is_none() && bucket == input.bucket && key == input.key;
    if itself && !replace && options.sse.is_none() && options.storage_class.is_none() {
        return Err(StoreError::new(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    if !replace {
        keep_headers(&mut options, &source.info);
    }
    if input.tagging_directive.as_ref().is_none_or(|d| d.as_str() != TaggingDirective::REPLACE) {
        options.tags = source.info.meta.tags.clone();
    }
    options.checksum =
        options.checksum.or(source.info.meta.checksum.as_ref().map(|checksum| checksum.algorithm));
    let versioned = store.versioning(&input.bucket)? != Versioning::Off;
    let body = Pread::new(&source.found.file, 0, source.info.size);
    // The source is held open; a file that shrinks meanwhile is noticed by its length.
    options.expected = Expected { size: Some(source.info.size), ..Expected::default() };
    options.if_none_match = there.absent;
    options.if_match = there.etag;
    let info = store.put(who, &input.bucket, &input.key, body, options)?;
    let mut result = CopyObjectResult {
        e_tag: Some(convert::etag(&info.etag)),
        last_modified: Some(Timestamp::from(info.modified)),
        ..CopyObjectResult::default()
    };
    set_checksum!(result, &info.meta.checksum);
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.info.version.clone(),
        server_side_encryption: info.meta.sse.clone().map(ServerSideEncryption::from),
        ssekms_key_id: info.meta.kms_key.clone(),
        bucket_key_enabled: info.meta.bucket_key.then_some(true),
        version_id: convert::version(&info, versioned),
        ..CopyObjectOutput::default()
    })
}

fn place(source: &CopySource) -> Result<(&str, &str, Option<&str>), StoreError> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket, key, version_id.as_deref())),
        _ => Err(StoreError::new(
            "NotImplemented",
            "The local lake has no access points and no outposts",
        )),
    }
}

fn too_large() -> StoreError {
    let why =
        "The specified copy source is larger than the maximum allowable size for a copy source";
    StoreError::new("InvalidRequest", format!("{why}: {LARGEST}"))
}

fn source(
    store: &Store,
    who: &Principal,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Opened, StoreError> {
    let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    store.bucket(bucket)?;
    store.allowed(who, action, bucket, key, None)?;
    let opened = store.open_object(bucket, key, version).map_err(|why| match why {
        Unopened::Failed(why) => why,
        Unopened::Marker(_) if version.is_some() => {
            StoreError::new("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")
        }
        Unopened::Marker(_) => StoreError::no_such_key(key),
    })?;
    match readable(&opened.info.meta) {
        Ok(()) => Ok(opened),
        Err(_) => Err(StoreError::new(
            "ObjectNotInActiveTierError",
            "The source object of the COPY action is not in the active tier",
        )),
    }
}

fn keep_headers(options: &mut PutOptions, source: &ObjectInfo) {
    let headers = source.meta.headers.clone();
    options.content_type = headers.content_type;
    options.content_encoding = headers.content_encoding;
    options.content_disposition = headers.content_disposition;
    options.content_language = headers.content_language;
    options.cache_control = headers.cache_control;
    options.expires = headers.expires;
    options.metadata = source.meta.metadata.clone();
}

/// The conditions on a source, alike for whole copies and for parts.
struct Conditions<'a> {
    matches: Option<&'a ETagCondition>,
    none: Option<&'a ETagCondition>,
    since: Option<&'a Timestamp>,
    until: Option<&'a Timestamp>,
}

impl Conditions<'_> {
    /// A tag outweighs the date that goes with it.
    fn hold(&self, source: &ObjectInfo) -> Result<(), StoreError> {
        let same = |condition: &ETagCondition| {
            let wanted = convert::condition(condition);
            wanted == "*" || wanted == source.etag
        };
        let modified = convert::whole_seconds(source.modified);
        let later = |time: &Timestamp| modified > *time;
        let failed = match (self.matches, self.until, self.none, self.since) {
            (Some(tag), ..) if !same(tag) => "x-amz-copy-source-If-Match",
            (None, Some(time), ..) if later(time) => "x-amz-copy-source-If-Unmodified-Since",
            (_, _, Some(tag), _) if same(tag) => "x-amz-copy-source-If-None-Match",
            (_, _, None, Some(time)) if !later(time) => "x-amz-copy-source-If-Modified-Since",
            _ => return Ok(()),
        };
        Err(StoreError::precondition(failed))
    }
}

pub async fn upload_part_copy(
    front: &Front,
    request: S3Request<UploadPartCopyInput>,
) -> Answer<UploadPartCopyOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    front.run(move |store| copy_part(store, &who, &input)).await.map(S3Response::new)
}

fn copy_part(
    store: &Store,
    who: &Principal,
    input: &UploadPartCopyInput,
) -> Result<UploadPartCopyOutput, StoreError> {
    owner_is(input.expected_bucket_owner.as_ref())?;
    owner_is(input.expected_source_bucket_owner.as_ref())?;
    let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let (bucket, key, version) = place(&input.copy_source)?;
    let source = source(store, who, bucket, key, version)?;
    conditions_of!(input).hold(&source.info)?;
    let span = match &input.copy_source_range {
        None => 0..source.info.size,
        Some(range) => part_of(range, source.info.size)?,
    };
    let size = span.end - span.start;
    if size > LARGEST {
        return Err(too_large());
    }
    let body = Pread::new(&source.found.file, span.start, span.end);
    let expected = Expected { size: Some(size), ..Expected::default() };
    let number = u32::try_from(input.part_number).unwrap_or(0);
    let none = || Ok(Expected::default());
    let part = store.put_part(who, &upload, number, body, None, &expected, none)?;
    let mut result = CopyPartResult {
        e_tag: Some(convert::etag(&part.etag)),
        last_modified: Some(Timestamp::from(part.modified)),
        ..CopyPartResult::default()
    };
    // Without an algorithm of its own an upload shows none for its parts.
    if let Some(algorithm) = upload.plan.algorithm
        && let Some(value) = part.sum(algorithm)
    {
        set_sum!(result, algorithm, value.to_owned());
    }
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source.info.version.clone(),
        server_side_encryption: convert::sse(&upload.plan.meta),
        ssekms_key_id: upload.plan.meta.kms_key.clone(),
        bucket_key_enabled: upload.plan.meta.bucket_key.then_some(true),
        ..UploadPartCopyOutput::default()
    })
}

/// Unlike the range of a read, this one must have both ends and lie within the source.
fn part_of(range: &str, size: u64) -> Result<std::ops::Range<u64>, StoreError> {
    match Range::parse(range) {
        Ok(Range::Int { first, last: Some(last) }) if last < size => Ok(first..last + 1),
        Ok(Range::Int { last: Some(_), .. }) => Err(StoreError::new(
            "InvalidArgument",
            format!("Range specified is not valid for source object of size: {size}"),
        )),
        _ => Err(StoreError::new(
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last",
        )),
    }
}
