//! Checksums: which one can be compared with an object's, and its value for a local file.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use md5::Digest as _;
use serde::{Deserialize, Serialize};

use crate::lake::block::Block;
use crate::model::object::Head;
use crate::model::transfer::Proof;

/// What a download writes to the disk at once.
pub const BLOCK: usize = 256 * 1024;

/// A checksum algorithm that this side can compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    Crc64Nvme,
    Crc32,
    Crc32C,
    Sha1,
    Sha256,
    /// Of the whole object, as the ETag of a simple object without KMS holds it.
    Md5,
}

impl Method {
    /// As S3 spells it; `None` for MD5, which is no S3 checksum of an object here.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "CRC64NVME" => Self::Crc64Nvme,
            "CRC32" => Self::Crc32,
            "CRC32C" => Self::Crc32C,
            "SHA1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Md5 => "MD5",
        }
    }

    pub fn proof(self) -> Proof {
        match self {
            Self::Crc64Nvme => Proof::Crc64Nvme,
            Self::Crc32 => Proof::Crc32,
            Self::Crc32C => Proof::Crc32C,
            Self::Sha1 => Proof::Sha1,
            Self::Sha256 => Proof::Sha256,
            Self::Md5 => Proof::Md5,
        }
    }

    /// The CRC behind it, where the checksum of a whole can be made from those of its parts.
    pub fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32C => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Sha1 | Self::Sha256 | Self::Md5 => None,
        }
    }
}

/// A checksum of a whole object: base64 as S3 writes it, hex for MD5 as an ETag writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    pub method: Method,
    pub value: String,
}

impl Sum {
    /// `CRC64NVME:…`, as `--json` and the manifest write it.
    pub fn text(&self) -> String {
        format!("{}:{}", self.method.name(), self.value)
    }
}

/// The value of an object that a local one can be compared with: its full-object checksum,
/// else the ETag where that is the MD5 of the content.
///
/// A composite checksum depends on how somebody cut the parts, and under SSE-KMS the ETag is
/// no MD5 (S3 user guide, "Checking object integrity"): neither is comparable.
pub fn comparable(head: &Head) -> Option<Sum> {
    if let Some(checksum) = head.checksum.as_ref().filter(|checksum| checksum.full_object)
        && let Some(method) = Method::parse(&checksum.algorithm)
    {
        return Some(Sum { method, value: checksum.value.clone() });
    }
    md5_etag(head).map(|value| Sum { method: Method::Md5, value })
}

/// The ETag of a simple object that is not encrypted with KMS.
fn md5_etag(head: &Head) -> Option<String> {
    let is_md5 = |etag: &String| etag.len() == 32 && etag.bytes().all(|b| b.is_ascii_hexdigit());
    plain_etag(head).filter(is_md5)
}

/// The ETag, where it is made of the content's MD5 or those of its parts: under KMS it is not.
pub fn plain_etag(head: &Head) -> Option<String> {
    let plain = head.encryption.algorithm.as_deref().is_none_or(|name| name == "AES256");
    let etag = head.etag.as_deref().filter(|_| plain)?;
    Some(lower_etag(etag))
}

/// Without quotes, and in lower case: as it is compared.
pub fn lower_etag(etag: &str) -> String {
    etag.trim_matches('"').to_ascii_lowercase()
}

/// The ETag that S3 gives an object put together from parts with these MD5s.
pub fn multipart_etag(parts: &[[u8; 16]]) -> String {
    let mut whole = md5::Md5::new();
    for part in parts {
        whole.update(part);
    }
    format!("{}-{}", hex::encode(whole.finalize()), parts.len())
}

/// A running checksum of any [`Method`].
pub enum Running {
    Crc(Method, crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Md5(md5::Md5),
}

impl Running {
    pub fn new(method: Method) -> Self {
        match (method, method.crc()) {
            (_, Some(algorithm)) => Self::Crc(method, crc_fast::Digest::new(algorithm)),
            (Method::Sha1, _) => Self::Sha1(sha1::Sha1::new()),
            (Method::Sha256, _) => Self::Sha256(sha2::Sha256::new()),
            _ => Self::Md5(md5::Md5::new()),
        }
    }

    pub fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(data),
            Self::Sha1(digest) => digest.update(data),
            Self::Sha256(digest) => digest.update(data),
            Self::Md5(digest) => digest.update(data),
        }
    }

    pub fn finish(self) -> Sum {
        match self {
            Self::Crc(method, digest) => crc_sum(method, digest.finalize()),
            Self::Sha1(digest) => {
                Sum { method: Method::Sha1, value: BASE64.encode(digest.finalize()) }
            }
            Self::Sha256(digest) => {
                Sum { method: Method::Sha256, value: BASE64.encode(digest.finalize()) }
            }
            Self::Md5(digest) => Sum { method: Method::Md5, value: hex::encode(digest.finalize()) },
        }
    }
}

/// A CRC in the form that S3 writes: big-endian bytes, base64.
pub fn crc_sum(method: Method, crc: u64) -> Sum {
    let value = match method {
        Method::Crc64Nvme => BASE64.encode(crc.to_be_bytes()),
        _ => BASE64.encode((crc as u32).to_be_bytes()),
    };
    Sum { method, value }
}

/// The CRC of a whole from those of its parts in order, each with its length in bytes.
pub fn combine(algorithm: CrcAlgorithm, parts: impl IntoIterator<Item = (u64, u64)>) -> u64 {
    let empty = crc_fast::checksum(algorithm, b"");
    parts
        .into_iter()
        .fold(empty, |whole, (crc, len)| crc_fast::checksum_combine(algorithm, whole, crc, len))
}

/// Why a pass over a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("stopped")]
    Stopped,
}

/// Reads `range` of `file` once, block by block. Blocking: run it off the async workers.
///
/// `stop` is asked before every block. A file that ends before the range does is an error.
pub fn pass(
    file: &File,
    range: Range<u64>,
    stop: impl Fn() -> bool,
    mut each: impl FnMut(&[u8]),
) -> Result<(), PassError> {
    let mut block = Block::take();
    let mut at = range.start;
    while at < range.end {
        if stop() {
            return Err(PassError::Stopped);
        }
        let want = block.len().min((range.end - at) as usize);
        file.read_exact_at(&mut block[..want], at)?;
        each(&block[..want]);
        at += want as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::{Checksum, Encryption};
    use proptest::prelude::*;

    const CHECK: &[u8] = b"123456789";

    fn sum(method: Method, data: &[u8]) -> String {
        let mut running = Running::new(method);
        running.update(data);
        running.finish().value
    }

    // Check values: the CRC catalogue (reveng), RFC 1321, FIPS 180-4.
    #[test]
    fn values_are_those_of_the_catalogues() {
        let hex_of = |value: String| hex::encode(BASE64.decode(value).unwrap());
        assert_eq!(hex_of(sum(Method::Crc64Nvme, CHECK)), "ae8b14860a799888");
        assert_eq!(hex_of(sum(Method::Crc32, CHECK)), "cbf43926");
        assert_eq!(hex_of(sum(Method::Crc32C, CHECK)), "e3069283");
        assert_eq!(sum(Method::Md5, b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert!(hex_of(sum(Method::Sha1, b"abc")).starts_with("a9993e364706816a"));
        assert!(hex_of(sum(Method::Sha256, b"abc")).starts_with("ba7816bf8f01cfea"));
        assert_eq!(sum(Method::Crc64Nvme, b""), "AAAAAAAAAAA=");
    }

    proptest! {
        #[test]
        fn parts_combine_to_the_whole(data in proptest::collection::vec(any::<u8>(), 0..5000), cut in 1usize..700) {
            for method in [Method::Crc64Nvme, Method::Crc32, Method::Crc32C] {
                let algorithm = method.crc().unwrap();
                let parts = data.chunks(cut).map(|c| (crc_fast::checksum(algorithm, c), c.len() as u64));
                prop_assert_eq!(crc_sum(method, combine(algorithm, parts)).value, sum(method, &data));
            }
        }
    }

    fn head(checksum: Option<(&str, bool)>, etag: &str, sse: Option<&str>) -> Head {
        Head {
            etag: Some(etag.into()),
            encryption: Encryption { algorithm: sse.map(Into::into), ..Encryption::default() },
            checksum: checksum.map(|(name, full_object)| Checksum {
                algorithm: name.into(),
                value: "v".into(),
                full_object,
            }),
            ..Head::default()
        }
    }

    #[test]
    fn only_what_depends_on_content_alone_is_comparable() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        let method = |head: Head| comparable(&head).map(|sum| sum.method);
        assert_eq!(method(head(Some(("CRC64NVME", true)), md5, None)), Some(Method::Crc64Nvme));
        assert_eq!(method(head(Some(("SHA256", false)), "x-2", None)), None, "composite");
        assert_eq!(method(head(None, md5, Some("AES256"))), Some(Method::Md5));
        assert_eq!(method(head(None, md5, Some("aws:kms"))), None);
        assert_eq!(method(head(Some(("XXHASH9", true)), md5, None)), Some(Method::Md5));
    }

    #[test]
    fn a_multipart_etag_is_the_md5_of_md5s() {
        let parts = [md5::Md5::digest(b"a").into(), md5::Md5::digest(b"b").into()];
        let both = [parts[0], parts[1]].concat();
        assert_eq!(multipart_etag(&parts), format!("{}-2", hex::encode(md5::Md5::digest(both))));
    }
}
