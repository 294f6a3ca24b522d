//! HTTP/1.1 as far as S3 clients speak it, fed with whatever the line brings.

use std::io;

use crc_fast::{CrcAlgorithm, Digest};

/// The longest head taken.
const HEAD: usize = 64 * 1024;

/// A request whose body has arrived and is gone.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    /// Without the query; still percent-encoded.
    pub path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// Bytes of the body as sent, chunk heads left out.
    pub received: u64,
    /// Of the body as sent, where it is checked.
    pub crc64nvme: Option<u64>,
}

/// The name in lower case, and the value.
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_ascii_lowercase(), value.trim().to_owned()))
}

impl Request {
    fn parse(head: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        let headers = lines.filter_map(header).collect();
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.split('&').filter(|text| !text.is_empty()).map(pair).collect(),
            headers,
            ..Self::default()
        })
    }

    /// By its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Bytes of the content: aws-chunked ones are counted without their frames.
    pub fn length(&self) -> u64 {
        let decoded = self.header("x-amz-decoded-content-length");
        decoded.and_then(|text| text.parse().ok()).unwrap_or(self.received)
    }
}

/// What there is to do after some bytes.
#[derive(Debug)]
pub enum Step {
    /// The client waits for leave to send its body.
    Continue,
    Whole(Request),
}

/// Takes requests apart.
pub struct Reader {
    check: bool,
    head: Vec<u8>,
    body: Option<Body>,
}

struct Body {
    request: Request,
    left: Left,
    digest: Option<Digest>,
    /// Bytes taken, frames and all.
    taken: u64,
}

/// What a body still wants.
enum Left {
    Bytes(u64),
    /// A chunk's size line, or one of the trailers behind the last chunk.
    Line {
        text: Vec<u8>,
        last: bool,
    },
    Chunk(u64),
    /// The line end behind a chunk.
    End(u8),
}

impl Reader {
    pub fn new(check: bool) -> Self {
        Self { check, head: Vec::new(), body: None }
    }

    /// Takes bytes from the front of `data`, tells how many, and what came of it.
    pub fn take(&mut self, data: &[u8]) -> io::Result<(usize, Option<Step>)> {
        let Some(body) = self.body.as_mut() else { return self.take_head(data) };
        let (taken, over) = body.take(data)?;
        body.taken += taken as u64;
        if !over {
            return Ok((taken, None));
        }
        let as_told = |name, is: u64| {
            body.request
                .header(name)
                .is_none_or(|told| told.parse().is_ok_and(|told: u64| told == is))
        };
        if !as_told("content-length", body.taken)
            || !as_told("x-amz-decoded-content-length", body.request.received)
        {
            return Err(bad("the body is not as long as its headers tell"));
        }
        let whole = self.body.take().map(|body| Request {
            crc64nvme: body.digest.map(|digest| digest.finalize()),
            ..body.request
        });
        Ok((taken, whole.map(Step::Whole)))
    }

    fn take_head(&mut self, data: &[u8]) -> io::Result<(usize, Option<Step>)> {
        let before = self.head.len();
        let from = before.saturating_sub(3);
        self.head.extend_from_slice(&data[..data.len().min(HEAD)]);
        let Some(end) = self.head[from..].windows(4).position(|four| four == b"\r\n\r\n") else {
            let wrong = self.head.len() > HEAD;
            return if wrong { Err(bad("the head is too long")) } else { Ok((data.len(), None)) };
        };
        let end = from + end;
        let request = Request::parse(&self.head[..end]).ok_or_else(|| bad("no HTTP request"))?;
        self.head.clear();
        let taken = end + 4 - before;
        // Both are framed alike, where chunks are not signed.
        let aws_chunked = request.header("content-encoding") == Some("aws-chunked");
        let chunked = aws_chunked || request.header("transfer-encoding").is_some();
        let length = request.header("content-length").and_then(|text| text.parse().ok());
        let waits = request.header("expect").is_some();
        let left = match chunked {
            true => Left::Line { text: Vec::new(), last: false },
            false => Left::Bytes(length.unwrap_or(0)),
        };
        let digest = self.check.then(|| Digest::new(CrcAlgorithm::Crc64Nvme));
        if matches!(left, Left::Bytes(0)) {
            let crc64nvme = digest.map(|digest| digest.finalize());
            return Ok((taken, Some(Step::Whole(Request { crc64nvme, ..request }))));
        }
        self.body = Some(Body { request, left, digest, taken: 0 });
        Ok((taken, waits.then_some(Step::Continue)))
    }
}

impl Body {
    /// How many bytes it took, and whether that was the last of them.
    fn take(&mut self, data: &[u8]) -> io::Result<(usize, bool)> {
        match &mut self.left {
            Left::Bytes(left) | Left::Chunk(left) => {
                let taken = data.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                self.request.received += taken as u64;
                if let Some(digest) = &mut self.digest {
                    digest.update(&data[..taken]);
                }
                let over = *left == 0;
                match self.left {
                    Left::Chunk(0) => self.left = Left::End(2),
                    Left::Bytes(_) => return Ok((taken, over)),
                    _ => {}
                }
                Ok((taken, false))
            }
            Left::End(left) => {
                *left -= 1;
                if *left == 0 {
                    self.left = Left::Line { text: Vec::new(), last: false };
                }
                Ok((1, false))
            }
            Left::Line { text, last } => {
                let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
                    text.extend_from_slice(data);
                    return Ok((data.len(), false));
                };
                text.extend_from_slice(&data[..end]);
                let line = String::from_utf8_lossy(text).trim().to_owned();
                if *last {
                    text.clear();
                    self.request.headers.extend(header(&line));
                    return Ok((end + 1, line.is_empty()));
                }
                let size = line.split(';').next().unwrap_or_default();
                let size = u64::from_str_radix(size, 16).map_err(|_| bad("no chunk size"))?;
                self.left = match size {
                    0 => Left::Line { text: Vec::new(), last: true },
                    size => Left::Chunk(size),
                };
                Ok((end + 1, false))
            }
        }
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
