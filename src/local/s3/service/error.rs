//! The store's errors as S3 answers them.

use s3s::{S3Error, S3ErrorCode};

use crate::local::s3::error::StoreError;

/// Codes that `s3s` does not know, or answers with another status than AWS does.
const STATUSES: [(&str, u16); 7] = [
    ("AccessControlListNotSupported", 400),
    ("BadRequest", 400),
    ("InvalidPartNumber", 416),
    ("ObjectNotInActiveTierError", 403),
    ("NoSuchPublicAccessBlockConfiguration", 404),
    ("ServerSideEncryptionConfigurationNotFoundError", 404),
    ("KMS.NotFoundException", 400),
];

pub fn s3(why: StoreError) -> S3Error {
    let code = S3ErrorCode::from_bytes(why.code.as_bytes())
        .unwrap_or_else(|| S3ErrorCode::Custom(why.code.into()));
    let mut error = S3Error::with_message(code, why.message);
    if let Some((_, status)) = STATUSES.iter().find(|(code, _)| *code == why.code)
        && let Ok(status) = http::StatusCode::from_u16(*status)
    {
        error.set_status_code(status);
    }
    error
}
