//! Reading one object: conditions, ranges, parts.

use std::ops;
use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{
    ChecksumMode, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, Range, StreamingBlob, Timestamp,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response};

use super::body::Download;
use super::convert::{self, set_checksum};
use super::{Answer, Front, archive, error, owner_is, without};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::archive::readable;
use crate::local::s3::checksum::Checksum;
use crate::local::s3::error::StoreError;
use crate::local::s3::object::{ObjectInfo, PartInfo, Versioning};
use crate::local::s3::read::{Opened, Unopened};

/// What GetObject and HeadObject ask alike.
struct Ask {
    bucket: String,
    key: String,
    version: Option<String>,
    range: Option<Range>,
    part: Option<i32>,
    checksum: bool,
    conditions: Conditions,
    owner: Option<String>,
    sse_c: bool,
}

#[derive(Default)]
struct Conditions {
    matches: Option<ETagCondition>,
    none: Option<ETagCondition>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// What they answer alike.
struct Reply {
    opened: Opened,
    /// The bytes asked for.
    span: ops::Range<u64>,
    partial: bool,
    parts: Option<i32>,
    checksum: Option<Checksum>,
    version: Option<String>,
}

/// Why they do not.
enum No {
    Error(StoreError),
    /// 304, with the tag that the client's copy still has.
    Same(String),
    Marker {
        asked: bool,
        version: String,
        key: String,
    },
}

impl From<StoreError> for No {
    fn from(why: StoreError) -> Self {
        Self::Error(why)
    }
}

impl From<No> for S3Error {
    fn from(no: No) -> Self {
        match no {
            No::Error(why) => error::s3(why),
            No::Same(etag) => with_headers(
                S3Error::new(S3ErrorCode::NotModified),
                &[("etag", &format!("\"{etag}\""))],
            ),
            No::Marker { asked, version, key } => {
                let why = if asked {
                    StoreError::new("MethodNotAllowed", "The specified version is a delete marker")
                } else {
                    StoreError::no_such_key(&key)
                };
                with_headers(
                    error::s3(why),
                    &[("x-amz-delete-marker", "true"), ("x-amz-version-id", &version)],
                )
            }
        }
    }
}

fn with_headers(mut error: S3Error, headers: &[(&'static str, &str)]) -> S3Error {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            map.insert(*name, value);
        }
    }
    // These replace the ones s3s would set.
    map.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    error.set_headers(map);
    error
}

macro_rules! ask {
    ($input:ident) => {
        Ask {
            bucket: $input.bucket.clone(),
            key: $input.key.clone(),
            version: $input.version_id.clone(),
            range: $input.range,
            part: $input.part_number,
            checksum: $input
                .checksum_mode
                .as_ref()
                .is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED),
            conditions: Conditions {
                matches: $input.if_match.clone(),
                none: $input.if_none_match.clone(),
                since: $input.if_modified_since.clone(),
                until: $input.if_unmodified_since.clone(),
            },
            owner: $input.expected_bucket_owner.clone(),
            sse_c: $input.sse_customer_algorithm.is_some(),
        }
    };
}

/// The headers both answers have.
macro_rules! reply {
    ($output:ident, $reply:ident, $input:ident) => {{
        let Reply { opened, span, partial, parts, checksum, version } = &$reply;
        let info = &opened.info;
        let headers = &info.meta.headers;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = Some(convert::long(span.end - span.start));
        if *partial {
            $output.content_range =
                Some(format!("bytes {}-{}/{}", span.start, span.end.saturating_sub(1), info.size));
        }
        $output.e_tag = Some(convert::etag(&info.etag));
        $output.last_modified = Some(Timestamp::from(info.modified));
        $output.version_id = version.clone();
        $output.parts_count = *parts;
        $output.metadata = convert::metadata_out(&info.meta.metadata);
        $output.server_side_encryption = convert::sse(&info.meta);
        $output.ssekms_key_id = info.meta.kms_key.clone();
        $output.bucket_key_enabled = info.meta.bucket_key.then_some(true);
        $output.storage_class = convert::storage_class(&info.meta);
        $output.restore = archive::header(&info.meta);
        $output.content_type =
            Some(headers.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned()));
        $output.content_encoding = headers.content_encoding.clone();
        $output.content_disposition = headers.content_disposition.clone();
        $output.content_language = headers.content_language.clone();
        $output.cache_control = headers.cache_control.clone();
        $output.expires = convert::expires_time(headers.expires.as_ref());
        set_checksum!($output, checksum);
    }};
}

pub async fn get_object(
    front: &Front,
    request: S3Request<GetObjectInput>,
) -> Answer<GetObjectOutput> {
    let who = front.who(&request)?;
    let input = &request.input;
    let reply = open(front, who, ask!(input)).await?;
    let mut output = GetObjectOutput::default();
    reply!(output, reply, input);
    readable(&reply.opened.info.meta).map_err(error::s3)?;
    let tags = reply.opened.info.meta.tags.len();
    output.tag_count = (tags > 0).then(|| convert::int(tags));
    let body = Download::new(reply.opened.found.file, reply.span.start, reply.span.end);
    output.body = Some(StreamingBlob::new(body));
    Ok(S3Response::new(output))
}

pub async fn head_object(
    front: &Front,
    request: S3Request<HeadObjectInput>,
) -> Answer<HeadObjectOutput> {
    let who = front.who(&request)?;
    let input = &request.input;
    let reply = open(front, who, ask!(input)).await?;
    let mut output = HeadObjectOutput::default();
    reply!(output, reply, input);
    let replaced = [
        (&mut output.content_type, &input.response_content_type),
        (&mut output.content_encoding, &input.response_content_encoding),
        (&mut output.content_disposition, &input.response_content_disposition),
        (&mut output.content_language, &input.response_content_language),
        (&mut output.cache_control, &input.response_cache_control),
    ];
    for (field, asked) in replaced {
        if asked.is_some() {
            field.clone_from(asked);
        }
    }
    if input.response_expires.is_some() {
        output.expires.clone_from(&input.response_expires);
    }
    let status = if reply.partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    Ok(S3Response::with_status(output, status))
}

async fn open(front: &Front, who: Principal, ask: Ask) -> Result<Reply, S3Error> {
    let outcome = front.run(move |store| Ok(look(store, &who, &ask))).await?;
    outcome.map_err(S3Error::from)
}

fn look(store: &Store, who: &Principal, ask: &Ask) -> Result<Reply, No> {
    store.bucket(&ask.bucket)?;
    owner_is(ask.owner.as_ref())?;
    without(!ask.sse_c, "encryption with keys of the client's (SSE-C)")?;
    let action = if ask.version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    store.allowed(who, action, &ask.bucket, &ask.key, None)?;
    let versioned = store.versioning(&ask.bucket)? != Versioning::Off;
    let opened = match store.open_object(&ask.bucket, &ask.key, ask.version.as_deref()) {
        Ok(opened) => opened,
        Err(Unopened::Failed(why)) => return Err(No::Error(why)),
        Err(Unopened::Marker(info)) => {
            let version = convert::version(&info, true).unwrap_or_default();
            return Err(No::Marker { asked: ask.version.is_some(), version, key: ask.key.clone() });
        }
    };
    ask.conditions.hold(&opened.info)?;
    let parts = store.parts_of(&ask.bucket, &opened)?;
    let span = span(ask, opened.info.size, &parts)?;
    let partial = span.is_some();
    // A checksum of the whole says nothing about a range.
    let checksum = if ask.checksum && !partial { Some(store.checksum_of(&opened)?) } else { None };
    Ok(Reply {
        span: span.unwrap_or(0..opened.info.size),
        partial,
        parts: (ask.part.is_some() && !parts.is_empty()).then(|| convert::int(parts.len())),
        checksum,
        version: convert::version(&opened.info, versioned),
        opened,
    })
}

impl Conditions {
    /// In the order of RFC 9110, section 13.2.2.
    fn hold(&self, info: &ObjectInfo) -> Result<(), No> {
        let same = |condition: &ETagCondition| {
            let wanted = convert::condition(condition);
            wanted == "*" || wanted == info.etag
        };
        let modified = convert::whole_seconds(info.modified);
        match (&self.matches, &self.until) {
            (Some(condition), _) if !same(condition) => {
                return Err(StoreError::precondition("If-Match").into());
            }
            (None, Some(until)) if modified > *until => {
                return Err(StoreError::precondition("If-Unmodified-Since").into());
            }
            _ => {}
        }
        match (&self.none, &self.since) {
            (Some(condition), _) if same(condition) => Err(No::Same(info.etag.clone())),
            // A date in the future is no date a copy can have.
            (None, Some(since))
                if modified <= *since && *since <= convert::whole_seconds(SystemTime::now()) =>
            {
                Err(No::Same(info.etag.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// The bytes asked for, `None` for all of them.
fn span(ask: &Ask, size: u64, parts: &[PartInfo]) -> Result<Option<ops::Range<u64>>, StoreError> {
    match (&ask.range, ask.part) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(StoreError::new(
            "InvalidRequest",
            "Cannot specify both Range header and partNumber query parameter",
        )),
        (Some(range), None) => {
            let span = range.check(size).ok().filter(|span| !span.is_empty());
            span.map(Some).ok_or_else(|| {
                StoreError::new(
                    "InvalidRange",
                    format!("The requested range is not satisfiable: the object has {size} bytes"),
                )
            })
        }
        (None, Some(number)) => part_span(number, size, parts).map(Some),
    }
}

fn part_span(number: i32, size: u64, parts: &[PartInfo]) -> Result<ops::Range<u64>, StoreError> {
    let at = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let at = at.ok_or_else(|| {
        StoreError::new(
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
        )
    })?;
    if parts.is_empty() && at == 0 {
        return Ok(0..size);
    }
    let part = parts.get(at);
    let part = part.ok_or_else(|| {
        StoreError::new("InvalidPartNumber", "The requested partnumber is not satisfiable")
    })?;
    let from: u64 = parts[..at].iter().map(|part| part.size).sum();
    Ok(from..from + part.size)
}
