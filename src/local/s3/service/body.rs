//! Bodies between the async front and the blocking store, a block at a time.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures::{Stream, StreamExt};
use http::HeaderMap;
use s3s::StdError;
use s3s::TrailingHeaders;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use tokio::runtime::Handle;

use crate::local::s3::checksum::{Algorithm, Expected};
use crate::local::s3::error::StoreError;
use crate::local::s3::incoming::BLOCK;

/// A request's body, read on a blocking thread.
pub struct Upload {
    stream: Option<StreamingBlob>,
    block: Bytes,
    runtime: Handle,
}

impl Upload {
    /// To be made on the runtime that drives the connection.
    pub fn new(stream: Option<StreamingBlob>) -> Self {
        Self { stream, block: Bytes::new(), runtime: Handle::current() }
    }
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.block.is_empty() {
            let Some(stream) = &mut self.stream else { return Ok(0) };
            match self.runtime.block_on(stream.next()) {
                Some(Ok(block)) => self.block = block,
                Some(Err(why)) => return Err(std::io::Error::other(refusal(&why))),
                None => self.stream = None,
            }
        }
        let n = self.block.len().min(buffer.len());
        self.block.copy_to_slice(&mut buffer[..n]);
        Ok(n)
    }
}

/// `s3s` keeps the types of its stream errors to itself; their names tell a forged
/// chunk from a broken connection.
fn refusal(why: &StdError) -> StoreError {
    let text = why.to_string();
    if text.contains("SignatureMismatch") {
        return StoreError::new(
            "SignatureDoesNotMatch",
            "The signature of a chunk of the body does not match",
        );
    }
    if text.to_lowercase().contains("sha256") || text.to_lowercase().contains("checksum") {
        return StoreError::new(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    }
    StoreError::new("IncompleteBody", format!("The request body broke off: {text}"))
}

/// What the headers say will stand in the trailer.
pub fn announced(headers: &HeaderMap) -> Option<Algorithm> {
    let names = headers.get("x-amz-trailer")?.to_str().ok()?;
    names.split(',').find_map(|name| {
        Algorithm::ALL.into_iter().find(|a| a.header().eq_ignore_ascii_case(name.trim()))
    })
}

/// What the trailer says, once the body was read.
///
/// # Errors
/// `MalformedTrailerError` when it lacks what was announced.
pub fn trailer(
    handle: Option<&TrailingHeaders>,
    announced: Option<Algorithm>,
) -> Result<Expected, StoreError> {
    let Some(algorithm) = announced else { return Ok(Expected::default()) };
    let value = handle.and_then(|handle| {
        handle.read(|headers| {
            headers
                .get(algorithm.header())
                .and_then(|v| v.to_str().ok())
                .map(|v| v.trim().to_owned())
        })
    });
    match value.flatten() {
        Some(value) => Ok(Expected { sums: vec![(algorithm, value)], ..Expected::default() }),
        None => Err(StoreError::new(
            "MalformedTrailerError",
            format!("The request announced the trailer {} and did not send it", algorithm.header()),
        )),
    }
}

/// Bytes of a body as the client counted them; the length of a chunked transfer is
/// not that of its content.
pub fn length(headers: &HeaderMap) -> Option<u64> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
    number("x-amz-decoded-content-length").or_else(|| {
        let streaming = headers
            .get("x-amz-content-sha256")
            .is_some_and(|v| v.as_bytes().starts_with(b"STREAMING-"));
        if streaming { None } else { number("content-length") }
    })
}

/// A range of a file as a response's body.
pub struct Download {
    blocks: Pin<Box<dyn Stream<Item = Result<Bytes, StdError>> + Send + Sync>>,
    left: usize,
}

impl Download {
    pub fn new(file: File, from: u64, to: u64) -> Self {
        let file = Arc::new(file);
        let blocks = futures::stream::unfold(from, move |at| {
            let file = file.clone();
            async move {
                if at >= to {
                    return None;
                }
                let want = usize::try_from(to - at).unwrap_or(usize::MAX).min(BLOCK);
                match tokio::task::spawn_blocking(move || block(&file, at, want)).await {
                    Ok(Ok(bytes)) => Some((Ok(bytes), at + want as u64)),
                    Ok(Err(why)) => Some((Err(StdError::from(why)), to)),
                    Err(why) => Some((Err(StdError::from(why)), to)),
                }
            }
        });
        Self {
            blocks: Box::pin(blocks.fuse()),
            left: usize::try_from(to - from).unwrap_or(usize::MAX),
        }
    }
}

fn block(file: &File, at: u64, want: usize) -> std::io::Result<Bytes> {
    let mut block = vec![0; want];
    file.read_exact_at(&mut block, at)?;
    Ok(block.into())
}

impl Stream for Download {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.blocks.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            self.left = self.left.saturating_sub(bytes.len());
        }
        polled
    }
}

impl ByteStream for Download {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(self.left)
    }
}
