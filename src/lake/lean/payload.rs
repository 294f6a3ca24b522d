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

use crate::lake::body::Summed;

/// The trailer, and the header of a request that has it in front.
const CRC64NVME: &str = "x-amz-checksum-crc64nvme";

/// Characters of a CRC64NVME in base64.
const SUM: u64 = 12;

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
    headers.insert(CONTENT_LENGTH, framed.left().to_string());
    *request.body_mut() = SdkBody::from_body_1_x(framed);
    Ok(())
}

/// One chunk with all of the content, the empty one that ends them, the trailer.
struct Framed {
    content: SdkBody,
    sum: Summed,
    at: At,
}

/// What comes next.
enum At {
    Size(Bytes),
    Content,
    Trailer,
    End,
}

impl Framed {
    fn new(content: SdkBody, length: u64, sum: Summed) -> Self {
        Self { content, sum, at: At::Size(format!("{length:x}\r\n").into()) }
    }

    /// Bytes still to come.
    fn left(&self) -> u64 {
        let trailer = trailer("").len() as u64 + SUM;
        let content = self.content.content_length().unwrap_or_default();
        match &self.at {
            At::Size(line) => line.len() as u64 + content + trailer,
            At::Content => content + trailer,
            At::Trailer => trailer,
            At::End => 0,
        }
    }
}

fn trailer(sum: &str) -> String {
    format!("\r\n0\r\n{CRC64NVME}:{sum}\r\n\r\n")
}

impl Body for Framed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let At::Content = self.at {
            match ready!(Pin::new(&mut self.content).poll_frame(cx)) {
                None => self.at = At::Trailer,
                frame => return Poll::Ready(frame),
            }
        }
        let (bytes, next) = match std::mem::replace(&mut self.at, At::End) {
            At::Size(line) => (line, At::Content),
            At::Content | At::Trailer => (trailer(&self.sum.text()).into(), At::End),
            At::End => return Poll::Ready(None),
        };
        self.at = next;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.at, At::End)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
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
            7
        }
        fn reserve(&self, _: usize) -> Duration {
            Duration::ZERO
        }
        fn sent(&self, _: usize) {}
    }

    fn request() -> HttpRequest {
        let sum = Summed::default();
        let content = Slice::Held(Bytes::from_static(b"123456789"));
        let mut request =
            HttpRequest::new(content.summed(Arc::new(Open), sum.clone()).into_inner());
        let signed = Payload::Summed(sum).dress(&mut request).unwrap();
        assert!(matches!(signed, SignableBody::StreamingUnsignedPayloadTrailer));
        request
    }

    #[tokio::test]
    async fn the_checksum_comes_behind_the_content() {
        let mut request = request();
        assert_eq!(request.headers().get("content-encoding"), Some("aws-chunked"));
        assert_eq!(request.headers().get("x-amz-decoded-content-length"), Some("9"));
        assert_eq!(request.headers().get("x-amz-trailer"), Some("x-amz-checksum-crc64nvme"));
        let length = request.headers().get("content-length").unwrap().to_owned();
        let body = std::mem::replace(request.body_mut(), SdkBody::taken());
        let sent = body.collect().await.unwrap().to_bytes();
        // The check value of CRC-64/NVME.
        let wanted = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n\r\n";
        assert_eq!(sent, wanted);
        assert_eq!(length, sent.len().to_string());
    }

    #[tokio::test]
    async fn the_length_holds_at_every_step() {
        let mut request = request();
        let mut body = std::mem::replace(request.body_mut(), SdkBody::taken());
        let mut left = body.content_length().unwrap();
        while let Some(frame) = body.frame().await {
            left -= frame.unwrap().into_data().unwrap().len() as u64;
            assert_eq!(Body::size_hint(&body).exact(), Some(left));
        }
        assert!(left == 0 && Body::is_end_stream(&body));
    }
}
