//! What the sink remembers and how it answers: as S3 does, for the requests that clients make
//! while they upload.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;

use super::http::Request;
use super::listing;

const CRC64NVME: &str = "x-amz-checksum-crc64nvme";

/// Names, sizes and checksums of what was sent, and how much it was.
#[derive(Default)]
pub struct Store {
    pub connections: AtomicU64,
    requests: AtomicU64,
    /// Bytes of content, those of parts included.
    bytes: AtomicU64,
    next: AtomicU64,
    /// Objects that every bucket lists, beside none of those that were sent.
    keys: usize,
    objects: Mutex<HashMap<String, Object>>,
    uploads: Mutex<BTreeMap<String, Upload>>,
}

#[derive(Clone)]
struct Object {
    size: u64,
    etag: String,
    crc64nvme: Option<String>,
}

struct Upload {
    path: String,
    parts: BTreeMap<u32, Object>,
}

/// An answer.
pub struct Answer {
    status: &'static str,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn new(status: &'static str) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    fn xml(body: String) -> Self {
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
        Self { body, ..Self::new("200 OK") }.header("content-type", "application/xml")
    }

    fn error(status: &'static str, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>");
        Self { status, ..Self::xml(body) }
    }

    fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn described(self, object: &Object) -> Self {
        let answer = self.header("etag", format!("\"{}\"", object.etag));
        match &object.crc64nvme {
            Some(sum) => answer.header(CRC64NVME, sum),
            None => answer,
        }
    }

    /// Adds it to what goes back.
    pub fn write(self, request: &Request, reply: &mut Vec<u8>) {
        let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut head = format!("HTTP/1.1 {}\r\ndate: {now}\r\nserver: sink\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let says_length = self.headers.iter().any(|(name, _)| name == "content-length");
        if !says_length {
            let _ = write!(head, "content-length: {}\r\n", self.body.len());
        }
        let _ = write!(reply, "{head}\r\n");
        if request.method != "HEAD" {
            reply.extend_from_slice(self.body.as_bytes());
        }
    }
}

impl Store {
    /// One whose buckets list so many objects.
    pub fn listing(keys: usize) -> Self {
        Self { keys, ..Self::default() }
    }

    pub fn answer(&self, request: &Request) -> Answer {
        let number = self.requests.fetch_add(1, Relaxed);
        self.bytes.fetch_add(request.length(), Relaxed);
        self.route(request).header("x-amz-request-id", format!("{number:016X}"))
    }

    fn route(&self, request: &Request) -> Answer {
        if request.path == "/-/stats" {
            return self.stats();
        }
        if !is_intact(request) {
            return Answer::error("400 Bad Request", "BadDigest");
        }
        let is_bucket = request.path.trim_matches('/').split_once('/').is_none();
        let upload = request.param("uploadId");
        match (request.method.as_str(), upload) {
            ("PUT", Some(id)) => self.put_part(id, request),
            ("POST", Some(id)) => self.complete(id, request),
            ("GET", Some(id)) => self.list_parts(id, request),
            ("DELETE", Some(id)) => self.abort(id),
            ("POST", None) if request.param("uploads").is_some() => self.begin(request),
            ("GET", None) if request.param("uploads").is_some() => self.list_uploads(),
            ("GET" | "HEAD" | "PUT" | "DELETE", None) if is_bucket => bucket(request, self.keys),
            ("PUT", None) => self.put(request),
            ("GET" | "HEAD", None) => self.head(request),
            ("DELETE", None) => {
                self.objects().remove(&request.path);
                Answer::new("204 No Content")
            }
            _ => Answer::error("501 Not Implemented", "NotImplemented"),
        }
    }

    fn stats(&self) -> Answer {
        let body = serde_json::json!({
            "connections": self.connections.load(Relaxed),
            "requests": self.requests.load(Relaxed),
            "bytes": self.bytes.load(Relaxed),
            "objects": self.objects().len(),
            "uploads": self.uploads().len(),
        });
        Answer { body: body.to_string(), ..Answer::new("200 OK") }
    }

    fn put(&self, request: &Request) -> Answer {
        let object = self.received(request);
        let mut objects = self.objects();
        if request.header("if-none-match").is_some() && objects.contains_key(&request.path) {
            return Answer::error("412 Precondition Failed", "PreconditionFailed");
        }
        objects.insert(request.path.clone(), object.clone());
        Answer::new("200 OK").described(&object)
    }

    fn head(&self, request: &Request) -> Answer {
        match self.objects().get(&request.path) {
            None => Answer::error("404 Not Found", "NoSuchKey"),
            Some(_) if request.method == "GET" => {
                // There is nothing to give.
                Answer::error("501 Not Implemented", "NotImplemented")
            }
            Some(object) => {
                let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                Answer::new("200 OK")
                    .described(object)
                    .header("x-amz-checksum-type", "FULL_OBJECT")
                    .header("last-modified", now)
                    .header("content-length", object.size.to_string())
            }
        }
    }

    fn begin(&self, request: &Request) -> Answer {
        let id = format!("upload-{}", self.next.fetch_add(1, Relaxed));
        let upload = Upload { path: request.path.clone(), parts: BTreeMap::new() };
        self.uploads().insert(id.clone(), upload);
        let (bucket, key) = place(&request.path);
        let answer = Answer::xml(format!(
            "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>\
             <UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        ));
        request
            .headers()
            .filter(|(name, _)| matches!(*name, "x-amz-checksum-algorithm" | "x-amz-checksum-type"))
            .fold(answer, |answer, (name, value)| answer.header(name, value))
    }

    fn put_part(&self, id: &str, request: &Request) -> Answer {
        let Some(number) = request.param("partNumber").and_then(|text| text.parse().ok()) else {
            return Answer::error("400 Bad Request", "InvalidArgument");
        };
        let part = self.received(request);
        match self.uploads().get_mut(id) {
            None => Answer::error("404 Not Found", "NoSuchUpload"),
            Some(upload) => {
                upload.parts.insert(number, part.clone());
                Answer::new("200 OK").described(&part)
            }
        }
    }

    fn complete(&self, id: &str, request: &Request) -> Answer {
        let mut uploads = self.uploads();
        let Some(upload) = uploads.get(id) else {
            return Answer::error("404 Not Found", "NoSuchUpload");
        };
        let whole = whole(upload);
        let claims = |name, value: &str| request.header(name).is_none_or(|claim| claim == value);
        if !claims("x-amz-mp-object-size", &whole.size.to_string()) {
            return Answer::error("400 Bad Request", "InvalidRequest");
        }
        if whole.crc64nvme.as_ref().is_some_and(|sum| !claims(CRC64NVME, sum)) {
            return Answer::error("400 Bad Request", "BadDigest");
        }
        let mut objects = self.objects();
        if request.header("if-none-match").is_some() && objects.contains_key(&request.path) {
            return Answer::error("412 Precondition Failed", "PreconditionFailed");
        }
        let (bucket, key) = place(&request.path);
        let sum = whole.crc64nvme.as_deref().map_or(String::new(), |sum| {
            format!(
                "<ChecksumCRC64NVME>{sum}</ChecksumCRC64NVME>\
                 <ChecksumType>FULL_OBJECT</ChecksumType>"
            )
        });
        let answer = Answer::xml(format!(
            "<CompleteMultipartUploadResult><Location>{}</Location><Bucket>{bucket}</Bucket>\
             <Key>{key}</Key><ETag>\"{}\"</ETag>{sum}</CompleteMultipartUploadResult>",
            request.path, whole.etag
        ));
        objects.insert(request.path.clone(), whole);
        uploads.remove(id);
        answer
    }

    /// One page: a sink is asked for no more than 1,000 parts.
    fn list_parts(&self, id: &str, request: &Request) -> Answer {
        let after = request.param("part-number-marker").and_then(|text| text.parse().ok());
        let after: u32 = after.unwrap_or(0);
        let uploads = self.uploads();
        let Some(upload) = uploads.get(id) else {
            return Answer::error("404 Not Found", "NoSuchUpload");
        };
        let mut xml = String::from("<ListPartsResult>");
        let rest = upload.parts.range(after + 1..);
        let mut last = after;
        for (number, part) in rest.clone().take(1000) {
            last = *number;
            let _ = write!(
                xml,
                "<Part><PartNumber>{number}</PartNumber><ETag>\"{}\"</ETag><Size>{}</Size>",
                part.etag, part.size
            );
            if let Some(sum) = &part.crc64nvme {
                let _ = write!(xml, "<ChecksumCRC64NVME>{sum}</ChecksumCRC64NVME>");
            }
            xml.push_str("</Part>");
        }
        let more = rest.count() > 1000;
        let _ = write!(
            xml,
            "<IsTruncated>{more}</IsTruncated><NextPartNumberMarker>{last}</NextPartNumberMarker>\
             </ListPartsResult>"
        );
        Answer::xml(xml)
    }

    fn list_uploads(&self) -> Answer {
        let mut xml = String::from("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>");
        for (id, upload) in self.uploads().iter() {
            let (_, key) = place(&upload.path);
            let _ = write!(xml, "<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
        }
        xml.push_str("</ListMultipartUploadsResult>");
        Answer::xml(xml)
    }

    fn abort(&self, id: &str) -> Answer {
        match self.uploads().remove(id) {
            Some(_) => Answer::new("204 No Content"),
            None => Answer::error("404 Not Found", "NoSuchUpload"),
        }
    }

    /// What a request brought. The ETag is the MD5 where the client said it, else a number
    /// that no client takes for one.
    fn received(&self, request: &Request) -> Object {
        let md5 = request.header("content-md5").and_then(|text| BASE64.decode(text).ok());
        let etag = md5.map_or_else(
            || format!("sink-{}", self.next.fetch_add(1, Relaxed)),
            |md5| md5.iter().map(|byte| format!("{byte:02x}")).collect(),
        );
        let crc64nvme = request.header(CRC64NVME).map(ToOwned::to_owned);
        Object { size: request.length(), etag, crc64nvme }
    }

    fn objects(&self) -> MutexGuard<'_, HashMap<String, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uploads(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// False where the body was summed up and is not what its header says.
fn is_intact(request: &Request) -> bool {
    match (request.crc64nvme, request.header(CRC64NVME)) {
        (Some(crc), Some(claim)) => BASE64.encode(crc.to_be_bytes()) == claim,
        _ => true,
    }
}

/// The object that the parts make, with the checksum combined from theirs.
fn whole(upload: &Upload) -> Object {
    let size = upload.parts.values().map(|part| part.size).sum();
    let crcs: Option<Vec<(u64, u64)>> = upload
        .parts
        .values()
        .map(|part| Some((number_of(part.crc64nvme.as_deref()?)?, part.size)))
        .collect();
    let empty = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, b"");
    let crc64nvme = crcs.map(|crcs| {
        let whole = crcs.into_iter().fold(empty, |whole, (crc, size)| {
            crc_fast::checksum_combine(CrcAlgorithm::Crc64Nvme, whole, crc, size)
        });
        BASE64.encode(whole.to_be_bytes())
    });
    Object { size, etag: format!("sink-{}", upload.parts.len()), crc64nvme }
}

fn number_of(sum: &str) -> Option<u64> {
    let bytes: [u8; 8] = BASE64.decode(sum).ok()?.try_into().ok()?;
    Some(u64::from_be_bytes(bytes))
}

/// Bucket and key of a path; path style only.
fn place(path: &str) -> (&str, &str) {
    path.trim_start_matches('/').split_once('/').unwrap_or((path, ""))
}

/// Every bucket is there, and what was sent is in none.
fn bucket(request: &Request, keys: usize) -> Answer {
    if request.method != "GET" {
        return Answer::new("200 OK").header("x-amz-bucket-region", "us-east-1");
    }
    if request.param("location").is_some() {
        return Answer::xml("<LocationConstraint/>".to_owned());
    }
    Answer::xml(listing::page(keys, request))
}
