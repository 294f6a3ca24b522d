//! The multipart family.

use s3s::dto::*;
use s3s::{S3Request, S3Response};

use super::body::{self, Upload as Body};
use super::convert::{self, set_checksum, set_sum, sums_of};
use super::put::{LARGEST, only_one, options_of};
use super::{Answer, Front, owner_is, without};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::checksum::{Algorithm, Expected};
use crate::local::s3::commit::Condition;
use crate::local::s3::error::StoreError;
use crate::local::s3::object::{PutOptions, Versioning};
use crate::local::s3::upload::{
    Completion, Finished, Plan, StoredPart, Upload, UploadItem, UploadQuery,
};

/// The most that S3 gives in one page.
const MOST: usize = 1000;

/// The checksum that the client asked for, as it is echoed.
fn algorithm(plan: &Plan) -> Option<ChecksumAlgorithm> {
    plan.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name()))
}

fn checksum_type(plan: &Plan) -> Option<ChecksumType> {
    plan.algorithm.map(|_| ChecksumType::from_static(plan.kind.name()))
}

pub async fn create_multipart_upload(
    front: &Front,
    request: S3Request<CreateMultipartUploadInput>,
) -> Answer<CreateMultipartUploadOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        owner_is(input.expected_bucket_owner.as_ref())?;
        let options: PutOptions = options_of!(input)?;
        let kind =
            input.checksum_type.as_ref().map(|kind| convert::kind(kind.as_str())).transpose()?;
        let upload = store.create_upload(&who, &input.bucket, &input.key, &options, kind)?;
        let plan = &upload.plan;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            checksum_algorithm: algorithm(plan),
            checksum_type: checksum_type(plan),
            server_side_encryption: convert::sse(&plan.meta),
            ssekms_key_id: plan.meta.kms_key.clone(),
            bucket_key_enabled: plan.meta.bucket_key.then_some(true),
            upload_id: Some(upload.id),
            ..CreateMultipartUploadOutput::default()
        })
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn upload_part(
    front: &Front,
    request: S3Request<UploadPartInput>,
) -> Answer<UploadPartOutput> {
    let who = front.who(&request)?;
    let S3Request { mut input, headers, trailing_headers, .. } = request;
    let announced = body::announced(&headers);
    let length = body::length(&headers);
    let body = Body::new(input.body.take());
    let work = move |store: &Store| {
        owner_is(input.expected_bucket_owner.as_ref())?;
        without(
            input.sse_customer_algorithm.is_none(),
            "encryption with keys of the client's (SSE-C)",
        )?;
        if length.is_some_and(|length| length > LARGEST) {
            return Err(StoreError::new(
                "EntityTooLarge",
                format!("A part has at most {LARGEST} bytes"),
            ));
        }
        let upload = store.upload(&input.bucket, &input.key, &input.upload_id)?;
        let sums = sums_of!(input);
        only_one(&sums)?;
        let declared = input
            .checksum_algorithm
            .as_ref()
            .map(|name| convert::algorithm(name.as_str()))
            .transpose()?;
        let sent = announced.or(declared);
        let expected = Expected { md5: input.content_md5.clone(), sums, size: length };
        let number = u32::try_from(input.part_number).unwrap_or(0);
        let part = store.put_part(&who, &upload, number, body, sent, &expected, || {
            body::trailer(trailing_headers.as_ref(), announced)
        })?;
        let mut output = UploadPartOutput {
            e_tag: Some(convert::etag(&part.etag)),
            server_side_encryption: convert::sse(&upload.plan.meta),
            ssekms_key_id: upload.plan.meta.kms_key.clone(),
            bucket_key_enabled: upload.plan.meta.bucket_key.then_some(true),
            ..UploadPartOutput::default()
        };
        let shown = expected.sums.first().map(|(a, _)| *a).or(sent).unwrap_or(upload.plan.stored());
        if let Some(value) = part.sum(shown) {
            set_sum!(output, shown, value.to_owned());
        }
        Ok(output)
    };
    front.run(work).await.map(S3Response::new)
}

pub async fn list_parts(
    front: &Front,
    request: S3Request<ListPartsInput>,
) -> Answer<ListPartsOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        store.allowed(&who, "s3:ListMultipartUploadParts", &input.bucket, &input.key, None)?;
        let limit = convert::limit(input.max_parts, MOST, "max-parts")?;
        let after = input.part_number_marker.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let page = store.parts(&input.bucket, &input.key, &input.upload_id, after, limit)?;
        let plan = &page.upload.plan;
        let last = page.parts.last().map_or(after, |part| part.number);
        let stored = plan.stored();
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            checksum_algorithm: algorithm(plan),
            checksum_type: checksum_type(plan),
            initiator: Some(initiator(&page.upload)),
            owner: Some(convert::owner()),
            is_truncated: Some(page.truncated),
            max_parts: Some(convert::int(limit)),
            part_number_marker: Some(convert::int(after)),
            next_part_number_marker: Some(convert::int(last)),
            storage_class: Some(class(plan)),
            parts: Some(page.parts.into_iter().map(|part| self::part(part, stored)).collect()),
            ..ListPartsOutput::default()
        })
    };
    front.run(work).await.map(S3Response::new)
}

fn part(stored: StoredPart, algorithm: Algorithm) -> Part {
    let mut part = Part {
        e_tag: Some(convert::etag(&stored.etag)),
        last_modified: Some(Timestamp::from(stored.modified)),
        part_number: Some(convert::int(stored.number)),
        size: Some(convert::long(stored.size)),
        ..Part::default()
    };
    if let Some(value) = stored.sum(algorithm) {
        set_sum!(part, algorithm, value.to_owned());
    }
    part
}

fn initiator(upload: &Upload) -> Initiator {
    Initiator { id: Some(upload.owner.clone()), ..Initiator::default() }
}

fn class(plan: &Plan) -> StorageClass {
    StorageClass::from(plan.meta.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned()))
}

pub async fn list_multipart_uploads(
    front: &Front,
    request: S3Request<ListMultipartUploadsInput>,
) -> Answer<ListMultipartUploadsOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        store.bucket(&input.bucket)?;
        owner_is(input.expected_bucket_owner.as_ref())?;
        let (prefix, delimiter) = (input.prefix.as_deref(), input.delimiter.as_deref());
        store.may_list(&who, "s3:ListBucketMultipartUploads", &input.bucket, prefix, delimiter)?;
        list(store, input)
    };
    front.run(work).await.map(S3Response::new)
}

fn list(
    store: &Store,
    input: ListMultipartUploadsInput,
) -> Result<ListMultipartUploadsOutput, StoreError> {
    let encoded = input.encoding_type.as_ref().is_some_and(|e| e.as_str() == EncodingType::URL);
    let write = |name: &str| if encoded { convert::url_encode(name) } else { name.to_owned() };
    let limit = convert::limit(input.max_uploads, MOST, "max-uploads")?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let marker = input.key_marker.clone().unwrap_or_default();
    let page = store.uploads(
        &input.bucket,
        &UploadQuery {
            prefix: &prefix,
            delimiter: input.delimiter.as_deref(),
            key_marker: &marker,
            id_marker: input.upload_id_marker.as_deref().filter(|id| !id.is_empty()),
            limit,
        },
    )?;
    let mut output = ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: Some(write(&prefix)),
        delimiter: input.delimiter.as_deref().map(write),
        key_marker: Some(write(&marker)),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        max_uploads: Some(convert::int(limit)),
        is_truncated: Some(page.truncated),
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    };
    if page.truncated {
        match page.items.last() {
            Some(UploadItem::Upload(last)) => {
                output.next_key_marker = Some(write(&last.key));
                output.next_upload_id_marker = Some(last.id.clone());
            }
            Some(UploadItem::Prefix(last)) => output.next_key_marker = Some(write(last)),
            None => {}
        }
    }
    let (mut uploads, mut prefixes) = (Vec::new(), Vec::new());
    for item in page.items {
        match item {
            UploadItem::Prefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(write(&prefix)) })
            }
            UploadItem::Upload(upload) => uploads.push(MultipartUpload {
                checksum_algorithm: algorithm(&upload.plan),
                checksum_type: checksum_type(&upload.plan),
                initiated: Some(Timestamp::from(upload.initiated)),
                initiator: Some(initiator(&upload)),
                key: Some(write(&upload.key)),
                owner: Some(convert::owner()),
                storage_class: Some(class(&upload.plan)),
                upload_id: Some(upload.id.clone()),
            }),
        }
    }
    output.uploads = Some(uploads);
    output.common_prefixes = Some(prefixes);
    Ok(output)
}

pub async fn complete_multipart_upload(
    front: &Front,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Answer<CompleteMultipartUploadOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    front.run(move |store| complete(store, &who, input)).await.map(S3Response::new)
}

fn complete(
    store: &Store,
    who: &Principal,
    input: CompleteMultipartUploadInput,
) -> Result<CompleteMultipartUploadOutput, StoreError> {
    owner_is(input.expected_bucket_owner.as_ref())?;
    without(
        input.sse_customer_algorithm.is_none(),
        "encryption with keys of the client's (SSE-C)",
    )?;
    let wanted = completion(&input)?;
    let versioned = store.versioning(&input.bucket)? != Versioning::Off;
    let info = store.complete_upload(who, &input.bucket, &input.key, &input.upload_id, &wanted)?;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, convert::url_encode(&input.key))),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(convert::etag(&info.etag)),
        server_side_encryption: convert::sse(&info.meta),
        ssekms_key_id: info.meta.kms_key.clone(),
        bucket_key_enabled: info.meta.bucket_key.then_some(true),
        version_id: convert::version(&info, versioned),
        ..CompleteMultipartUploadOutput::default()
    };
    set_checksum!(output, &info.meta.checksum);
    Ok(output)
}

fn completion(input: &CompleteMultipartUploadInput) -> Result<Completion, StoreError> {
    let absent = match input.if_none_match.as_ref().map(convert::condition).as_deref() {
        None => false,
        Some("*") => true,
        Some(_) => {
            return Err(StoreError::new(
                "NotImplemented",
                "If-None-Match takes only * when an object is written",
            ));
        }
    };
    let parts = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.as_deref())
        .unwrap_or_default();
    Ok(Completion {
        parts: parts.iter().map(finished).collect::<Result<_, _>>()?,
        sums: sums_of!(input),
        kind: input.checksum_type.as_ref().map(|kind| convert::kind(kind.as_str())).transpose()?,
        size: input.mpu_object_size.map(|size| u64::try_from(size).unwrap_or(u64::MAX)),
        condition: Condition { absent, etag: input.if_match.as_ref().map(convert::condition) },
    })
}

fn finished(part: &CompletedPart) -> Result<Finished, StoreError> {
    let number = part.part_number.and_then(|n| u32::try_from(n).ok());
    let number =
        number.ok_or_else(|| StoreError::new("MalformedXML", "A part without its number"))?;
    let etag = part.e_tag.as_ref().map(|etag| etag.value().to_owned()).unwrap_or_default();
    Ok(Finished { number, etag, sums: sums_of!(part) })
}

pub async fn abort_multipart_upload(
    front: &Front,
    request: S3Request<AbortMultipartUploadInput>,
) -> Answer<AbortMultipartUploadOutput> {
    let who = front.who(&request)?;
    let input = request.input;
    let work = move |store: &Store| {
        owner_is(input.expected_bucket_owner.as_ref())?;
        without(input.if_match_initiated_time.is_none(), "conditional aborts")?;
        store.abort_upload(&who, &input.bucket, &input.key, &input.upload_id)?;
        Ok(AbortMultipartUploadOutput::default())
    };
    front.run(work).await.map(S3Response::new)
}
