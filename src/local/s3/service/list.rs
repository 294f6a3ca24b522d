//! Listings, as each generation of the protocol wants them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::*;
use s3s::{S3Request, S3Response};

use super::history::{Kind, Order};
use super::{Answer, Front, archive, convert, owner_is};
use crate::local::s3::error::StoreError;
use crate::local::s3::listing::{Item, Query};
use crate::local::s3::object::ObjectInfo;
use crate::local::s3::versions::{VersionItem, VersionQuery};
use crate::local::s3::{listing, walk};

/// The most that S3 gives in one page.
const MOST: usize = 1000;

/// Names as the client wants them: plain, or percent-encoded.
#[derive(Clone, Copy)]
struct Names {
    encoded: bool,
}

impl Names {
    fn new(asked: Option<&EncodingType>) -> Result<Self, StoreError> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self { encoded: false }),
            Some("url") => Ok(Self { encoded: true }),
            Some(_) => Err(StoreError::new(
                "InvalidArgument",
                "Invalid Encoding Method specified in Request",
            )),
        }
    }

    fn write(self, name: &str) -> String {
        if self.encoded { convert::url_encode(name) } else { name.to_owned() }
    }
}

pub async fn list_objects_v2(
    front: &Front,
    request: S3Request<ListObjectsV2Input>,
) -> Answer<ListObjectsV2Output> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &crate::local::s3::Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
        store.may_list(&who, "s3:ListBucket", &input.bucket, prefix, delimiter)?;
        let names = Names::new(input.encoding_type.as_ref())?;
        let limit = convert::limit(input.max_keys, MOST, "max-keys")?;
        let from = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => read_token(token)?,
            (None, Some(after)) => walk::after(after),
            (None, None) => Vec::new(),
        };
        let prefix = input.prefix.clone().unwrap_or_default();
        let delimiter = input.delimiter.as_deref();
        let query = Query { prefix: &prefix, delimiter, from, given: None, limit, etags: true };
        let page = store.page(&input.bucket, &query)?;
        let next = page.items.last().filter(|_| page.truncated).map(token);
        let (contents, common_prefixes) = split(
            page.items,
            names,
            input.fetch_owner == Some(true),
            wants_restore(input.optional_object_attributes.as_ref()),
        );
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(names.write(&prefix)),
            max_keys: Some(convert::int(limit)),
            key_count: Some(convert::int(contents.len() + common_prefixes.len())),
            continuation_token: input.continuation_token,
            is_truncated: Some(page.truncated),
            next_continuation_token: next,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.as_deref().map(|d| names.write(d)),
            encoding_type: input.encoding_type,
            start_after: input.start_after.as_deref().map(|a| names.write(a)),
            request_charged: None,
        })
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn list_objects(
    front: &Front,
    request: S3Request<ListObjectsInput>,
) -> Answer<ListObjectsOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &crate::local::s3::Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
        store.may_list(&who, "s3:ListBucket", &input.bucket, prefix, delimiter)?;
        let names = Names::new(input.encoding_type.as_ref())?;
        let limit = convert::limit(input.max_keys, MOST, "max-keys")?;
        let marker = input.marker.clone().unwrap_or_default();
        let from = if marker.is_empty() { Vec::new() } else { walk::after(&marker) };
        let prefix = input.prefix.clone().unwrap_or_default();
        let delimiter = input.delimiter.as_deref();
        let query =
            Query { prefix: &prefix, delimiter, from, given: Some(&marker), limit, etags: true };
        let page = store.page(&input.bucket, &query)?;
        // Without a delimiter clients go on from the last key.
        let last = page.items.last().filter(|_| page.truncated && delimiter.is_some());
        let next_marker = last.map(|item| names.write(item.name()));
        let (contents, common_prefixes) = split(
            page.items,
            names,
            true,
            wants_restore(input.optional_object_attributes.as_ref()),
        );
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(names.write(&prefix)),
            marker: Some(names.write(&marker)),
            max_keys: Some(convert::int(limit)),
            is_truncated: Some(page.truncated),
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.as_deref().map(|d| names.write(d)),
            next_marker,
            encoding_type: input.encoding_type,
            request_charged: None,
        })
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn list_object_versions(
    front: &Front,
    request: S3Request<ListObjectVersionsInput>,
) -> Answer<ListObjectVersionsOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &crate::local::s3::Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
        store.may_list(&who, "s3:ListBucketVersions", &input.bucket, prefix, delimiter)?;
        let names = Names::new(input.encoding_type.as_ref())?;
        let limit = convert::limit(input.max_keys, MOST, "max-keys")?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let marker = input.key_marker.clone().unwrap_or_default();
        let version_marker = input.version_id_marker.as_deref().filter(|m| !m.is_empty());
        let query = VersionQuery {
            prefix: &prefix,
            delimiter: input.delimiter.as_deref(),
            key_marker: &marker,
            version_marker,
            limit,
        };
        let page = store.versions(&input.bucket, &query)?;
        let mut output = ListObjectVersionsOutput {
            name: Some(input.bucket),
            prefix: Some(names.write(&prefix)),
            key_marker: Some(names.write(&marker)),
            version_id_marker: input.version_id_marker.clone(),
            max_keys: Some(convert::int(limit)),
            is_truncated: Some(page.truncated),
            delimiter: input.delimiter.as_deref().map(|d| names.write(d)),
            encoding_type: input.encoding_type,
            ..ListObjectVersionsOutput::default()
        };
        if page.truncated {
            set_next(&mut output, page.items.last(), names);
        }
        let (mut versions, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
        let mut kinds = Vec::new();
        for item in page.items {
            match item {
                VersionItem::Prefix(prefix) => {
                    prefixes.push(CommonPrefix { prefix: Some(names.write(&prefix)) })
                }
                VersionItem::Version { info, latest, marker: true } => {
                    kinds.push(Kind::Marker);
                    markers.push(DeleteMarkerEntry {
                        is_latest: Some(latest),
                        key: Some(names.write(&info.key)),
                        last_modified: Some(Timestamp::from(info.modified)),
                        owner: Some(convert::owner()),
                        version_id: convert::version(&info, true),
                    })
                }
                VersionItem::Version { info, latest, marker: false } => {
                    kinds.push(Kind::Object);
                    versions.push(version(info, latest, names))
                }
            }
        }
        output.versions = Some(versions);
        output.delete_markers = Some(markers);
        output.common_prefixes = Some(prefixes);
        Ok((output, kinds))
    };
    let (output, kinds) = front.run(work).await?;
    let mut answer = S3Response::new(output);
    answer.extensions.insert(Order(kinds));
    Ok(answer)
}

fn set_next(output: &mut ListObjectVersionsOutput, last: Option<&VersionItem>, names: Names) {
    match last {
        Some(VersionItem::Prefix(prefix)) => output.next_key_marker = Some(names.write(prefix)),
        Some(VersionItem::Version { info, .. }) => {
            output.next_key_marker = Some(names.write(&info.key));
            output.next_version_id_marker = convert::version(info, true);
        }
        None => {}
    }
}

fn version(info: ObjectInfo, latest: bool, names: Names) -> ObjectVersion {
    let class = info.meta.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned());
    ObjectVersion {
        checksum_algorithm: info
            .meta
            .checksum
            .as_ref()
            .map(|c| vec![ChecksumAlgorithm::from_static(c.algorithm.name())]),
        checksum_type: info
            .meta
            .checksum
            .as_ref()
            .map(|c| ChecksumType::from_static(c.kind.name())),
        e_tag: Some(convert::etag(&info.etag)),
        is_latest: Some(latest),
        key: Some(names.write(&info.key)),
        last_modified: Some(Timestamp::from(info.modified)),
        owner: Some(convert::owner()),
        restore_status: None,
        size: Some(convert::long(info.size)),
        storage_class: Some(ObjectVersionStorageClass::from(class)),
        version_id: convert::version(&info, true),
    }
}

/// True where the client asks for `RestoreStatus` too.
fn wants_restore(asked: Option<&OptionalObjectAttributesList>) -> bool {
    asked.is_some_and(|names| names.iter().any(|name| name.as_str() == "RestoreStatus"))
}

fn split(
    items: Vec<Item>,
    names: Names,
    with_owner: bool,
    with_restore: bool,
) -> (Vec<Object>, Vec<CommonPrefix>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Item::Object(info) => {
                objects.push(object(info, names, with_owner, with_restore));
            }
            Item::Prefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(names.write(&prefix)) })
            }
        }
    }
    (objects, prefixes)
}

fn object(info: ObjectInfo, names: Names, with_owner: bool, with_restore: bool) -> Object {
    let class = info.meta.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned());
    Object {
        checksum_algorithm: info
            .meta
            .checksum
            .as_ref()
            .map(|c| vec![ChecksumAlgorithm::from_static(c.algorithm.name())]),
        checksum_type: info
            .meta
            .checksum
            .as_ref()
            .map(|c| ChecksumType::from_static(c.kind.name())),
        e_tag: Some(convert::etag(&info.etag)),
        key: Some(names.write(&info.key)),
        last_modified: Some(Timestamp::from(info.modified)),
        owner: with_owner.then(convert::owner),
        restore_status: if with_restore { archive::status(&info.meta) } else { None },
        size: Some(convert::long(info.size)),
        storage_class: Some(ObjectStorageClass::from(class)),
    }
}

/// Where the next page begins: after a key, or after all keys of a common prefix.
fn token(item: &listing::Item) -> String {
    URL_SAFE_NO_PAD.encode(item.bound())
}

fn read_token(token: &str) -> Result<walk::Bound, StoreError> {
    URL_SAFE_NO_PAD.decode(token).map_err(|_| {
        StoreError::new("InvalidArgument", "The continuation token provided is incorrect")
    })
}
