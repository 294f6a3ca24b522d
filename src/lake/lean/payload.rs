//! What a request carries, and what guards it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_sigv4::http_request::SignableBody;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body::{Body, Frame, SizeHint};

use crate::lake::body::{Summed, as_s3_writes};

/// The trailer, and the header of a request that has it in front.
const CRC64NVME: &str = "x-amz-checksum-crc64nvme";

/// Content of a chunk. S3 wants 8 KiB or more of all but the last; others take 16 MiB at most, or
/// hold a whole one in memory.
const CHUNK: u64 = 1 << 20;

const LINE_END: &str = "\r\n";

/// The length of the empty chunk, of the trailer with a sum of 12 characters, and of the empty
/// line behind it.
const END: u64 = (1 + CRC64NVME.len() + 1 + 12 + 3 * LINE_END.len()) as u64;

pub(super) enum Payload {
    Nothing,
    /// With its checksum in a header.
    Unsigned,
    /// With its checksum behind it.
    Summed(Summed),
}

impl Payload {
    /// Makes the request ready for it, and tells what is to be signed.
    pub fn dress(self, request: &mut HttpRequest) -> Result<SignableBody<'static>, BoxError> {
        match self {
            Self::Nothing => Ok(SignableBody::Bytes(b"")),
            Self::Unsigned => Ok(SignableBody::UnsignedPayload),
            Self::Summed(sum) => {
                put_behind(request, sum)?;
                Ok(SignableBody::StreamingUnsignedPayloadTrailer)
            }
        }
    }
}

/// Frames the content as aws-chunked, with its checksum as the trailer.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
fn put_behind(request: &mut HttpRequest, sum: Summed) -> Result<(), BoxError> {
    let content = std::mem::replace(request.body_mut(), SdkBody::taken());
    let length = content.content_length().ok_or("the length of the content is not known")?;
    let framed = Framed::new(content, length, sum);
    let headers = request.headers_mut();
    headers.insert(CONTENT_ENCODING, "aws-chunked");
    headers.insert("x-amz-decoded-content-length", length.to_string());
    headers.insert("x-amz-trailer", CRC64NVME);
    headers.insert(CONTENT_LENGTH, framed.to_come().to_string());
    *request.body_mut() = SdkBody::from_body_1_x(framed);
    Ok(())
}

/// Chunks of the content, the empty one that ends them, the trailer.
struct Framed {
    content: SdkBody,
    sum: Summed,
    /// Bytes of the content still to be handed over.
    left: u64,
    /// Those of them that belong to the chunk at hand.
    chunk: u64,
    /// Content that has come, some of it for the next chunk.
    ready: Bytes,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Middle,
    End,
}

impl Framed {
    fn new(content: SdkBody, length: u64, sum: Summed) -> Self {
        Self { content, sum, left: length, chunk: 0, ready: Bytes::new(), at: At::Start }
    }

    /// Bytes still to come, with the frames.
    fn to_come(&self) -> u64 {
        let chunks = framed(self.left - self.chunk);
        match self.at {
            At::Start => chunks + END,
            At::Middle => self.chunk + LINE_END.len() as u64 + chunks + END,
            At::End => 0,
        }
    }

    /// What stands before the next chunk, or the end.
    fn line_end(&mut self) -> &'static str {
        match std::mem::replace(&mut self.at, At::Middle) {
            At::Start => "",
            At::Middle | At::End => LINE_END,
        }
    }

    fn begin_chunk(&mut self) -> Bytes {
        self.chunk = self.left.min(CHUNK);
        format!("{}{:x}{LINE_END}", self.line_end(), self.chunk).into()
    }

    fn end(&mut self) -> Result<Bytes, BoxError> {
        let sum = self.sum.value().ok_or("the content has no sum")?;
        let line_end = self.line_end();
        self.at = At::End;
        let sum = as_s3_writes(sum);
        Ok(format!("{line_end}0{LINE_END}{CRC64NVME}:{sum}{LINE_END}{LINE_END}").into())
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if self.at == At::End {
            return Poll::Ready(None);
        }
        if self.left == 0 {
            return Poll::Ready(Some(self.end()));
        }
        if self.chunk == 0 {
            return Poll::Ready(Some(Ok(self.begin_chunk())));
        }
        if self.ready.is_empty() {
            match ready!(Pin::new(&mut self.content).poll_frame(cx)) {
                Some(Ok(frame)) => self.ready = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(Some(Err("the content ended early".into()))),
            }
        }
        let here = self.ready.len().min(usize::try_from(self.chunk).unwrap_or(usize::MAX));
        self.left -= here as u64;
        self.chunk -= here as u64;
        Poll::Ready(Some(Ok(self.ready.split_to(here))))
    }
}

/// The length of so much content in chunks.
fn framed(content: u64) -> u64 {
    let chunk = |size: u64| match size {
        0 => 0,
        size => u64::from(size.ilog2() / 4 + 1) + 2 * LINE_END.len() as u64 + size,
    };
    content / CHUNK * chunk(CHUNK) + chunk(content % CHUNK)
}

impl Body for Framed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.poll_bytes(cx).map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.at == At::End
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.to_come())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    use http_body_util::BodyExt as _;

    use crate::lake::body::{Meter, Slice};

    struct Open;

    impl Meter for Open {
        fn begin(&self) {}
        fn quantum(&self) -> usize {
            50_001
        }
        fn reserve(&self, _: usize) -> Duration {
            Duration::ZERO
        }
        fn sent(&self, _: usize) {}
    }

    fn request(content: &[u8]) -> HttpRequest {
        let sum = Summed::default();
        let content = Slice::Held(Bytes::copy_from_slice(content));
        let mut request =
            HttpRequest::new(content.summed(Arc::new(Open), sum.clone()).into_inner());
        let signed = Payload::Summed(sum).dress(&mut request).unwrap();
        assert!(matches!(signed, SignableBody::StreamingUnsignedPayloadTrailer));
        request
    }

    #[tokio::test]
    async fn the_checksum_comes_behind_the_content() {
        let mut request = request(b"123456789");
        assert_eq!(request.headers().get("content-encoding"), Some("aws-chunked"));
        assert_eq!(request.headers().get("x-amz-decoded-content-length"), Some("9"));
        assert_eq!(request.headers().get("x-amz-trailer"), Some("x-amz-checksum-crc64nvme"));
        let body = std::mem::replace(request.body_mut(), SdkBody::taken());
        let sent = body.collect().await.unwrap().to_bytes();
        // The check value of CRC-64/NVME.
        let wanted = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n";
        assert_eq!(sent, wanted);
    }

    #[tokio::test]
    async fn chunks_and_lengths_are_right_at_every_step() {
        const C: usize = CHUNK as usize;
        for length in [0, 1, 15, 16, C - 1, C, C + 1, 3 * C, 3 * C + 70_000] {
            let content: Vec<u8> = (0..length).map(|at| (at / 7) as u8).collect();
            let mut request = request(&content);
            let told: u64 = request.headers().get("content-length").unwrap().parse().unwrap();
            let mut body = std::mem::replace(request.body_mut(), SdkBody::taken());
            let (mut left, mut sent) = (body.content_length().unwrap(), Vec::new());
            assert_eq!(left, told);
            while let Some(frame) = body.frame().await {
                let data = frame.unwrap().into_data().unwrap();
                left -= data.len() as u64;
                sent.extend_from_slice(&data);
                assert_eq!(Body::size_hint(&body).exact(), Some(left));
            }
            assert!(left == 0 && Body::is_end_stream(&body), "{length}");
            let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &content);
            let mut wanted = Vec::new();
            for chunk in content.chunks(C) {
                wanted.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                wanted.extend_from_slice(chunk);
                wanted.extend_from_slice(b"\r\n");
            }
            wanted.extend(format!("0\r\n{CRC64NVME}:{}\r\n\r\n", as_s3_writes(sum)).into_bytes());
            assert!(sent == wanted, "{length}");
        }
    }
}
