//! Copying on the server's side.

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETagCondition,
    MetadataDirective, ServerSideEncryption, TaggingDirective, Timestamp,
};
use s3s::{S3Request, S3Response};

use super::convert::{self, set_checksum};
use super::put::{LARGEST, options_of};
use super::{Answer, Front, owner_is};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::checksum::Expected;
use crate::local::s3::error::StoreError;
use crate::local::s3::find::Pread;
use crate::local::s3::object::{ObjectInfo, PutOptions, Versioning};
use crate::local::s3::read::{Opened, Unopened};

pub async fn copy_object(
    front: &Front,
    request: S3Request<CopyObjectInput>,
) -> Answer<CopyObjectOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    front.run(move |store| copy(store, &who, &input)).await.map(S3Response::new)
}

fn copy(
    store: &Store,
    who: &Principal,
    input: &CopyObjectInput,
) -> Result<CopyObjectOutput, StoreError> {
    owner_is(input.expected_bucket_owner.as_ref())?;
    owner_is(input.expected_source_bucket_owner.as_ref())?;
    let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
        return Err(StoreError::new(
            "NotImplemented",
            "The local lake has no access points and no outposts",
        ));
    };
    let mut options: PutOptions = options_of!(*input)?;
    let source = source(store, who, bucket, key, version_id.as_deref())?;
    conditions(input, &source.info)?;
    if source.info.size > LARGEST {
        return Err(StoreError::new(
            "InvalidRequest",
            format!(
                "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
            ),
        ));
    }
    let replace =
        input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    let itself = version_id.is_none() && **bucket == *input.bucket && **key == *input.key;
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
    store.open_object(bucket, key, version).map_err(|why| match why {
        Unopened::Failed(why) => why,
        Unopened::Marker(_) if version.is_some() => {
            StoreError::new("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")
        }
        Unopened::Marker(_) => StoreError::no_such_key(key),
    })
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

fn conditions(input: &CopyObjectInput, source: &ObjectInfo) -> Result<(), StoreError> {
    let same = |condition: &ETagCondition| {
        let wanted = convert::condition(condition);
        wanted == "*" || wanted == source.etag
    };
    let modified = convert::whole_seconds(source.modified);
    let failed = [
        (
            "x-amz-copy-source-If-Match",
            input.copy_source_if_match.as_ref().is_some_and(|c| !same(c)),
        ),
        (
            "x-amz-copy-source-If-None-Match",
            input.copy_source_if_none_match.as_ref().is_some_and(same),
        ),
        (
            "x-amz-copy-source-If-Unmodified-Since",
            // A tag that matches outweighs the date.
            input.copy_source_if_match.is_none()
                && input.copy_source_if_unmodified_since.as_ref().is_some_and(|t| modified > *t),
        ),
        (
            "x-amz-copy-source-If-Modified-Since",
            input.copy_source_if_none_match.is_none()
                && input.copy_source_if_modified_since.as_ref().is_some_and(|t| modified <= *t),
        ),
    ];
    match failed.iter().find(|(_, failed)| *failed) {
        Some((which, _)) => Err(StoreError::precondition(which)),
        None => Ok(()),
    }
}
