//! The checksums of S3: computed while bytes stream, compared, combined.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::error::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "CRC32")]
    Crc32,
    #[serde(rename = "CRC32C")]
    Crc32c,
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    #[serde(rename = "SHA1")]
    Sha1,
    #[serde(rename = "SHA256")]
    Sha256,
}

impl Algorithm {
    pub const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As `x-amz-checksum-algorithm` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }

    /// The header, or trailer, that carries a value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// What an upload of several parts has when it does not say:
    /// CRC64NVME knows only full objects, the others default to composite.
    pub fn default_kind(self) -> Kind {
        if self == Self::Crc64Nvme { Kind::FullObject } else { Kind::Composite }
    }

    pub fn allows(self, kind: Kind) -> bool {
        match self {
            Self::Crc64Nvme => kind == Kind::FullObject,
            Self::Sha1 | Self::Sha256 => kind == Kind::Composite,
            Self::Crc32 | Self::Crc32c => true,
        }
    }

    /// Bytes of a value.
    pub fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// Whether a checksum is of the object's bytes or of its parts' checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Kind {
    #[default]
    #[serde(rename = "FULL_OBJECT")]
    FullObject,
    #[serde(rename = "COMPOSITE")]
    Composite,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

/// A stored checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    /// Base64; a composite one ends in `-` and the number of parts.
    pub value: String,
    #[serde(default)]
    pub kind: Kind,
}

/// What a caller says the bytes come to; every one of them is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Base64, as `Content-MD5` carries it.
    pub md5: Option<String>,
    pub sums: Vec<(Algorithm, String)>,
    /// Bytes.
    pub size: Option<u64>,
}

enum Hasher {
    Crc(Algorithm, crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm.crc() {
            Some(crc) => Self::Crc(algorithm, crc_fast::Digest::new(crc)),
            None if algorithm == Algorithm::Sha1 => Self::Sha1(sha1::Sha1::default()),
            None => Self::Sha256(sha2::Sha256::default()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    fn finish(self) -> (Algorithm, Vec<u8>) {
        match self {
            Self::Crc(algorithm, digest) => (algorithm, crc_bytes(algorithm, digest.finalize())),
            Self::Sha1(digest) => (Algorithm::Sha1, digest.finalize().to_vec()),
            Self::Sha256(digest) => (Algorithm::Sha256, digest.finalize().to_vec()),
        }
    }
}

fn crc_bytes(algorithm: Algorithm, value: u64) -> Vec<u8> {
    value.to_be_bytes()[8 - algorithm.width()..].to_vec()
}

/// Hashes a stream once for the ETag and any number of checksums.
pub struct Hashing {
    md5: Md5,
    sums: Vec<Hasher>,
    size: u64,
}

impl Hashing {
    pub fn new(algorithms: &[Algorithm]) -> Self {
        let mut sums: Vec<Hasher> = Vec::new();
        for (i, algorithm) in algorithms.iter().enumerate() {
            if !algorithms[..i].contains(algorithm) {
                sums.push(Hasher::new(*algorithm));
            }
        }
        Self { md5: Md5::default(), sums, size: 0 }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.sums.iter_mut().for_each(|sum| sum.update(bytes));
    }

    pub fn finish(self) -> Digests {
        Digests {
            size: self.size,
            md5: self.md5.finalize().into(),
            sums: self.sums.into_iter().map(Hasher::finish).collect(),
        }
    }
}

/// What some bytes came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    pub size: u64,
    pub md5: [u8; 16],
    pub sums: Vec<(Algorithm, Vec<u8>)>,
}

impl Digests {
    /// The ETag of bytes that came in one piece, without quotes.
    pub fn etag(&self) -> String {
        hex::encode(self.md5)
    }

    pub fn sum(&self, algorithm: Algorithm) -> Option<String> {
        self.sums.iter().find(|(a, _)| *a == algorithm).map(|(_, bytes)| BASE64.encode(bytes))
    }

    /// Compares with what the caller announced.
    ///
    /// # Errors
    /// `InvalidDigest` or `InvalidRequest` for a value that is no such digest,
    /// `BadDigest` for one that differs, `IncompleteBody` for a length that does.
    pub fn check(&self, expected: &Expected) -> Result<(), StoreError> {
        if let Some(size) = expected.size
            && size != self.size
        {
            return Err(StoreError::new(
                "IncompleteBody",
                format!("{size} bytes were announced and {} came", self.size),
            ));
        }
        if let Some(said) = &expected.md5 {
            let bytes = BASE64.decode(said).ok().filter(|bytes| bytes.len() == 16);
            let bytes = bytes.ok_or_else(|| {
                StoreError::new("InvalidDigest", "The Content-MD5 you specified was invalid.")
            })?;
            if bytes != self.md5 {
                return Err(StoreError::new(
                    "BadDigest",
                    "The Content-MD5 you specified did not match what we received.",
                ));
            }
        }
        for (algorithm, said) in &expected.sums {
            decode(*algorithm, said)?;
            if self.sum(*algorithm).is_none_or(|value| value != *said) {
                return Err(StoreError::new(
                    "BadDigest",
                    format!(
                        "The {} you specified did not match the calculated checksum.",
                        algorithm.name()
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// The bytes of a base64 value, if it has the width of the algorithm.
///
/// # Errors
/// `InvalidRequest` otherwise.
pub fn decode(algorithm: Algorithm, value: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = BASE64.decode(value).ok().filter(|bytes| bytes.len() == algorithm.width());
    bytes.ok_or_else(|| {
        StoreError::new(
            "InvalidRequest",
            format!("Value for {} header is invalid.", algorithm.header()),
        )
    })
}

/// The checksum of an object from those of its parts, each with its size in bytes.
///
/// # Errors
/// `InvalidRequest` when a part's value is malformed or the pair of algorithm and
/// kind does not exist.
pub fn join(
    algorithm: Algorithm,
    kind: Kind,
    parts: &[(String, u64)],
) -> Result<Checksum, StoreError> {
    let value = match (kind, algorithm.crc()) {
        (Kind::FullObject, Some(crc)) => {
            let mut whole: Option<u64> = None;
            for (value, size) in parts {
                let part =
                    decode(algorithm, value)?.iter().fold(0, |n: u64, b| n << 8 | u64::from(*b));
                whole = Some(match whole {
                    None => part,
                    Some(before) => crc_fast::checksum_combine(crc, before, part, *size),
                });
            }
            BASE64.encode(crc_bytes(algorithm, whole.unwrap_or(0)))
        }
        (Kind::FullObject, None) => {
            return Err(StoreError::new(
                "InvalidRequest",
                format!(
                    "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
                    algorithm.name()
                ),
            ));
        }
        (Kind::Composite, _) => {
            let mut hasher = Hasher::new(algorithm);
            for (value, _) in parts {
                hasher.update(&decode(algorithm, value)?);
            }
            format!("{}-{}", BASE64.encode(hasher.finish().1), parts.len())
        }
    };
    Ok(Checksum { algorithm, value, kind })
}

/// The ETag of an object made of parts: the MD5 of their MD5s and their number.
///
/// # Errors
/// `InvalidPart` when one of them is no MD5 in hexadecimal.
pub fn join_etags<'a>(etags: impl IntoIterator<Item = &'a str>) -> Result<String, StoreError> {
    let mut md5 = Md5::default();
    let mut count = 0;
    for etag in etags {
        md5.update(hex::decode(etag).map_err(|_| {
            StoreError::new("InvalidPart", format!("The ETag {etag} is malformed."))
        })?);
        count += 1;
    }
    Ok(format!("{}-{count}", hex::encode(md5.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(bytes: &[u8]) -> Digests {
        let mut hashing = Hashing::new(&Algorithm::ALL);
        for piece in bytes.chunks(3) {
            hashing.update(piece);
        }
        hashing.finish()
    }

    /// Check values of the CRC catalogue (reveng), FIPS 180-4 and RFC 1321.
    #[test]
    fn known_values() {
        let d = digests(b"123456789");
        assert_eq!(d.etag(), "25f9e794323b453885f5181f1b624d0b");
        let hex_of = |a| hex::encode(BASE64.decode(d.sum(a).unwrap()).unwrap());
        assert_eq!(hex_of(Algorithm::Crc32), "cbf43926");
        assert_eq!(hex_of(Algorithm::Crc32c), "e3069283");
        assert_eq!(hex_of(Algorithm::Crc64Nvme), "ae8b14860a799888");
        assert_eq!(hex_of(Algorithm::Sha1), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
        assert_eq!(
            hex_of(Algorithm::Sha256),
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
        );
    }

    #[test]
    fn full_object_crcs_combine() {
        let (a, b, c) = (b"12".as_slice(), b"3456".as_slice(), b"789".as_slice());
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts: Vec<_> = [a, b, c]
                .iter()
                .map(|p| (digests(p).sum(algorithm).unwrap(), p.len() as u64))
                .collect();
            let whole = join(algorithm, Kind::FullObject, &parts).unwrap();
            assert_eq!(Some(whole.value), digests(b"123456789").sum(algorithm));
        }
        assert_eq!(
            join(Algorithm::Sha256, Kind::FullObject, &[]).unwrap_err().code,
            "InvalidRequest"
        );
    }

    #[test]
    fn composite_is_the_checksum_of_checksums() {
        let parts: Vec<_> = [b"one".as_slice(), b"two"]
            .iter()
            .map(|p| (digests(p).sum(Algorithm::Sha256).unwrap(), 3))
            .collect();
        let raw: Vec<u8> = parts.iter().flat_map(|(v, _)| BASE64.decode(v).unwrap()).collect();
        let want = format!("{}-2", digests(&raw).sum(Algorithm::Sha256).unwrap());
        assert_eq!(join(Algorithm::Sha256, Kind::Composite, &parts).unwrap().value, want);
    }

    #[test]
    fn differences_are_told_apart() {
        let d = digests(b"abc");
        let says = |expected: Expected| d.check(&expected).map_err(|e| e.code);
        assert_eq!(says(Expected::default()), Ok(()));
        assert_eq!(
            says(Expected { md5: Some(BASE64.encode(d.md5)), ..Default::default() }),
            Ok(())
        );
        assert_eq!(
            says(Expected { md5: Some(BASE64.encode([0; 16])), ..Default::default() }),
            Err("BadDigest")
        );
        assert_eq!(
            says(Expected { md5: Some("x".into()), ..Default::default() }),
            Err("InvalidDigest")
        );
        assert_eq!(says(Expected { size: Some(4), ..Default::default() }), Err("IncompleteBody"));
        for a in Algorithm::ALL {
            let sums = |value: String| Expected { sums: vec![(a, value)], ..Default::default() };
            assert_eq!(says(sums(d.sum(a).unwrap())), Ok(()));
            assert_eq!(says(sums(digests(b"abd").sum(a).unwrap())), Err("BadDigest"));
            assert_eq!(says(sums("AA==".into())), Err("InvalidRequest"));
        }
    }
}
