//! One line of the log.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What happened. SQL never enters it: only its hash does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// RFC 3339, UTC.
    pub time: String,
    pub lake: String,
    /// The ARN that STS answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// As IAM spells it: `s3:PutObject`.
    pub action: String,
    /// `s3://bucket/key`, `job/name`, …
    pub resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// With its algorithm: `CRC64NVME:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The reference under which somebody allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql_sha256: Option<String>,
    /// When a link that was made opens nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// `done`, `refused: …` or the service's error code.
    pub outcome: String,
}

/// A record in its place in the chain, as it lies in the file but for the hash at the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Link {
    /// From 1, without a gap.
    pub seq: u64,
    #[serde(flatten)]
    pub record: Record,
    /// The hash of the line before; 64 zeros in the first.
    pub prev: String,
}

/// What the first line has for the hash of the line before it.
pub(super) const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Between a line's body and its hash.
const HASH_KEY: &str = ",\"hash\":\"";
const HASH_LEN: usize = 64;

/// SHA-256 over the previous hash (as hex) and the line's body.
fn hash_of(prev: &str, body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(prev.as_bytes());
    hasher.update(body.as_bytes());
    hex::encode(hasher.finalize())
}

impl Link {
    /// The line without its line feed, and its hash.
    pub fn to_line(&self) -> serde_json::Result<(String, String)> {
        let body = serde_json::to_string(self)?;
        let hash = hash_of(&self.prev, &body);
        let open = body.strip_suffix('}').unwrap_or(&body);
        Ok((format!("{open}{HASH_KEY}{hash}\"}}"), hash))
    }
}

/// A line as it was found.
pub(super) struct Found {
    pub link: Link,
    /// What the line says its hash is.
    pub hash: String,
    /// True where the line's bytes have that hash.
    pub intact: bool,
}

/// `None` where the line is none of ours at all.
pub(super) fn read_line(line: &[u8]) -> Option<Found> {
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_suffix("\"}")?;
    let at = rest.len().checked_sub(HASH_LEN)?;
    let (open, hash) = (rest.get(..at)?, rest.get(at..)?);
    let body = format!("{}}}", open.strip_suffix(HASH_KEY)?);
    let link: Link = serde_json::from_str(&body).ok()?;
    let intact = hash_of(&link.prev, &body) == hash;
    Some(Found { hash: hash.to_owned(), intact, link })
}
