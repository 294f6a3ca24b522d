//! Attributes of objects, and deleting them.

use s3s::dto::{
    Checksum, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, Error, GetObjectAttributesInput, GetObjectAttributesOutput,
    GetObjectAttributesParts, ObjectPart, StorageClass, Timestamp,
};
use s3s::{S3Request, S3Response};

use super::convert::{self, set_checksum, set_sum};
use super::{Answer, Front, owner_is, without};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::error::StoreError;
use crate::local::s3::many::Doomed;
use crate::local::s3::object::{PartInfo, Versioning};
use crate::local::s3::put::check_key;
use crate::local::s3::read::{Opened, Unopened};
use crate::local::s3::version::Deleted;

/// Keys that one DeleteObjects may name.
const MOST: usize = 1000;

pub async fn get_object_attributes(
    front: &Front,
    request: S3Request<GetObjectAttributesInput>,
) -> Answer<GetObjectAttributesOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    front.run(move |store| attributes(store, &who, &input)).await.map(S3Response::new)
}

fn attributes(
    store: &Store,
    who: &Principal,
    input: &GetObjectAttributesInput,
) -> Result<GetObjectAttributesOutput, StoreError> {
    store.bucket(&input.bucket)?;
    owner_is(input.expected_bucket_owner.as_ref())?;
    without(
        input.sse_customer_algorithm.is_none(),
        "encryption with keys of the client's (SSE-C)",
    )?;
    let action = if input.version_id.is_some() {
        "s3:GetObjectVersionAttributes"
    } else {
        "s3:GetObjectAttributes"
    };
    store.allowed(who, action, &input.bucket, &input.key, None)?;
    let opened = open(store, &input.bucket, &input.key, input.version_id.as_deref())?;
    // One header with commas between, or one a name: clients do either.
    let wanted: Vec<&str> = input
        .object_attributes
        .iter()
        .flat_map(|names| names.as_str().split(','))
        .map(str::trim)
        .collect();
    let wants = |name: &str| wanted.contains(&name);
    let info = &opened.info;
    let versioned = store.versioning(&input.bucket)? != Versioning::Off;
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(Timestamp::from(info.modified)),
        version_id: convert::version(info, versioned),
        ..GetObjectAttributesOutput::default()
    };
    if wants("ETag") {
        output.e_tag = Some(convert::etag(&info.etag));
    }
    if wants("ObjectSize") {
        output.object_size = Some(convert::long(info.size));
    }
    if wants("StorageClass") {
        let class = info.meta.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned());
        output.storage_class = Some(StorageClass::from(class));
    }
    if wants("Checksum") {
        let mut checksum = Checksum::default();
        let whole = store.checksum_of(&opened)?;
        set_checksum!(checksum, Some(&whole));
        output.checksum = Some(checksum);
    }
    if wants("ObjectParts") && info.meta.parts > 0 {
        let parts = store.parts_of(&input.bucket, &opened)?;
        output.object_parts = Some(page_of_parts(&parts, info.meta.checksum.as_ref(), input)?);
    }
    Ok(output)
}

fn page_of_parts(
    parts: &[PartInfo],
    checksum: Option<&crate::local::s3::Checksum>,
    input: &GetObjectAttributesInput,
) -> Result<GetObjectAttributesParts, StoreError> {
    let limit = convert::limit(input.max_parts, MOST, "max-parts")?;
    let after = input.part_number_marker.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let rest: Vec<_> = parts.iter().filter(|part| part.number > after).collect();
    let page = &rest[..rest.len().min(limit)];
    let truncated = page.len() < rest.len();
    let listed = page.iter().map(|part| {
        let mut listed = ObjectPart {
            part_number: Some(convert::int(part.number)),
            size: Some(convert::long(part.size)),
            ..ObjectPart::default()
        };
        if let (Some(checksum), Some(value)) = (checksum, &part.checksum) {
            set_sum!(listed, checksum.algorithm, value.clone());
        }
        listed
    });
    Ok(GetObjectAttributesParts {
        parts: Some(listed.collect()),
        is_truncated: Some(truncated),
        max_parts: Some(convert::int(limit)),
        part_number_marker: Some(convert::int(after)),
        next_part_number_marker: page
            .last()
            .filter(|_| truncated)
            .map(|part| convert::int(part.number)),
        total_parts_count: Some(convert::int(parts.len())),
    })
}

/// Opens an object for what a delete marker does not have.
pub fn open(
    store: &Store,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Opened, StoreError> {
    store.open_object(bucket, key, version).map_err(|why| match why {
        Unopened::Failed(why) => why,
        Unopened::Marker(_) if version.is_some() => {
            StoreError::new("MethodNotAllowed", "The specified version is a delete marker")
        }
        Unopened::Marker(_) => StoreError::no_such_key(key),
    })
}

pub async fn delete_object(
    front: &Front,
    request: S3Request<DeleteObjectInput>,
) -> Answer<DeleteObjectOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        // These two are of directory buckets only, in S3 too.
        let conditional =
            input.if_match_size.is_some() || input.if_match_last_modified_time.is_some();
        without(!conditional, "deletes by size or time")?;
        let etag = input.if_match.as_ref().map(convert::condition);
        let version = input.version_id.as_deref();
        without(etag.is_none() || version.is_none(), "conditional deletes of versions")?;
        delete(store, &who, &input.bucket, &input.key, version, etag)
    };
    let deleted = front.run(work).await?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: deleted.marker.then_some(true),
        version_id: deleted.version,
        request_charged: None,
    }))
}

fn delete(
    store: &Store,
    who: &Principal,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    etag: Option<String>,
) -> Result<Deleted, StoreError> {
    may_delete(store, who, bucket, key, version)?;
    match version {
        Some(version) => store.delete_version(bucket, key, version),
        None => store.delete_newest(bucket, key, etag),
    }
}

fn may_delete(
    store: &Store,
    who: &Principal,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<(), StoreError> {
    check_key(key)?;
    let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    store.allowed(who, action, bucket, key, None)
}

pub async fn delete_objects(
    front: &Front,
    request: S3Request<DeleteObjectsInput>,
) -> Answer<DeleteObjectsOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        let objects = input.delete.objects;
        if objects.is_empty() || objects.len() > MOST {
            return Err(StoreError::new(
                "MalformedXML",
                format!("A request deletes between 1 and {MOST} objects"),
            ));
        }
        let conditional = |o: &s3s::dto::ObjectIdentifier| {
            o.e_tag.is_some() || o.size.is_some() || o.last_modified_time.is_some()
        };
        without(!objects.iter().any(conditional), "conditional deletes")?;
        let quiet = input.delete.quiet == Some(true);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        let mut fail = |one: Doomed, why: StoreError| {
            errors.push(Error {
                code: Some(why.code.to_owned()),
                key: Some(one.key),
                message: Some(why.message),
                version_id: one.version,
            });
        };
        let mut doomed = Vec::with_capacity(objects.len());
        for object in objects {
            let one = Doomed { key: object.key, version: object.version_id };
            match may_delete(store, &who, &input.bucket, &one.key, one.version.as_deref()) {
                Ok(()) => doomed.push(one),
                Err(why) => fail(one, why),
            }
        }
        let fates = store.delete_many(&input.bucket, &doomed)?;
        for (one, fate) in doomed.into_iter().zip(fates) {
            match fate {
                Ok(_) if quiet => {}
                Ok(done) => deleted.push(DeletedObject {
                    key: Some(one.key),
                    delete_marker: done.marker.then_some(true),
                    delete_marker_version_id: done.version.filter(|_| done.marker),
                    version_id: one.version,
                }),
                Err(why) => fail(one, why),
            }
        }
        Ok(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            request_charged: None,
        })
    };
    front.run(work).await.map(S3Response::new)
}
