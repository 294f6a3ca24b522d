//! An error as the AWS JSON protocols carry it.

/// What a service of the local lake answers instead of a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// `EntityNotFoundException`, …
    pub code: String,
    /// One sentence for the user.
    pub message: String,
    /// The HTTP status: 400 for the caller's mistakes, 500 for the lake's own.
    pub status: u16,
}
