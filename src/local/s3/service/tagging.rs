//! Object tags.

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Request, S3Response};

use super::{Answer, Front, object, owner_is};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::error::StoreError;
use crate::local::s3::tags::{self, Tags};

/// The permission has another name when a version is meant.
fn allowed(
    store: &Store,
    who: &Principal,
    verb: &str,
    bucket: &str,
    key: &str,
    version: Option<&String>,
    owner: Option<&String>,
) -> Result<(), StoreError> {
    store.bucket(bucket)?;
    owner_is(owner)?;
    let what = if version.is_some() { "ObjectVersionTagging" } else { "ObjectTagging" };
    store.allowed(who, &format!("s3:{verb}{what}"), bucket, key, None)
}

pub async fn get_object_tagging(
    front: &Front,
    request: S3Request<GetObjectTaggingInput>,
) -> Answer<GetObjectTaggingOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        let version = input.version_id.as_ref();
        allowed(
            store,
            &who,
            "Get",
            &input.bucket,
            &input.key,
            version,
            input.expected_bucket_owner.as_ref(),
        )?;
        let opened = object::open(store, &input.bucket, &input.key, version.map(String::as_str))?;
        let tag_set = opened.info.meta.tags.into_iter();
        Ok(GetObjectTaggingOutput {
            tag_set: tag_set
                .map(|(key, value)| Tag { key: Some(key), value: Some(value) })
                .collect(),
            version_id: opened.info.version,
        })
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn put_object_tagging(
    front: &Front,
    request: S3Request<PutObjectTaggingInput>,
) -> Answer<PutObjectTaggingOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        let version = input.version_id.as_ref();
        allowed(
            store,
            &who,
            "Put",
            &input.bucket,
            &input.key,
            version,
            input.expected_bucket_owner.as_ref(),
        )?;
        let pairs = input.tagging.tag_set.into_iter();
        let tags = tags::check(
            pairs.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())),
        )?;
        store.set_tags(&input.bucket, &input.key, version.map(String::as_str), tags)?;
        Ok(PutObjectTaggingOutput { version_id: input.version_id.clone() })
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn delete_object_tagging(
    front: &Front,
    request: S3Request<DeleteObjectTaggingInput>,
) -> Answer<DeleteObjectTaggingOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        let version = input.version_id.as_ref();
        allowed(
            store,
            &who,
            "Delete",
            &input.bucket,
            &input.key,
            version,
            input.expected_bucket_owner.as_ref(),
        )?;
        store.set_tags(&input.bucket, &input.key, version.map(String::as_str), Tags::new())?;
        Ok(DeleteObjectTaggingOutput { version_id: input.version_id.clone() })
    };
    front.run(work).await.map(S3Response::new)
}
