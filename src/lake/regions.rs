//! Buckets live where they live: which region each one answered from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::trouble::{Failed, ServiceFault};

/// Bucket → region, learnt from answers.
#[derive(Debug, Default)]
pub(crate) struct Regions(Mutex<HashMap<String, String>>);

impl Regions {
    pub(crate) fn of(&self, bucket: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    pub(crate) fn learn(&self, bucket: &str, region: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(bucket.to_owned(), region.to_owned());
    }
}

/// What an error says about the bucket's region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// In this one.
    In(String),
    /// In another, unnamed: HeadBucket knows.
    Somewhere,
}

/// Reads the region out of a refusal; `None` where the refusal is about something else.
///
/// S3 answers 301 PermanentRedirect, 400 AuthorizationHeaderMalformed or 400
/// IllegalLocationConstraintException, most often with `x-amz-bucket-region`
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
pub(crate) fn elsewhere<E: ServiceFault>(error: &Failed<E>, asked: &str) -> Option<Elsewhere> {
    let raw = match error {
        SdkError::ServiceError(fault) => fault.raw(),
        SdkError::ResponseError(fault) => fault.raw(),
        _ => return None,
    };
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let status = raw.status().as_u16();
    let named = raw.headers().get("x-amz-bucket-region").filter(|region| *region != asked);
    let redirects = REDIRECTS.contains(&code) || matches!(status, 301 | 307);
    match named {
        // HEAD answers have no body, hence no code: the header alone says so.
        Some(region) if redirects || code.is_empty() => Some(Elsewhere::In(region.to_owned())),
        None if redirects => Some(Elsewhere::Somewhere),
        _ => None,
    }
}

const REDIRECTS: [&str; 4] = [
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
];
