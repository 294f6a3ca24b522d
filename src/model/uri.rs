//! `s3://bucket/key`: the one way this program names a place in S3.

use std::fmt;
use std::str::FromStr;

/// A bucket and a key (or prefix, or nothing) inside it.
///
/// The key is kept byte for byte as it was written: S3 keys may hold empty segments,
/// `..` and control characters, and none of them means anything to S3.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct S3Uri {
    pub bucket: String,
    pub key: String,
}

/// Why a text is no S3 URI; the sentence a person sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an S3 URI: {why}")]
pub struct BadUri {
    pub text: String,
    pub why: &'static str,
}

impl S3Uri {
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }

    /// The last segment of the key: `c.txt` for `a/b/c.txt`, `b/` for `a/b/`.
    pub fn name(&self) -> &str {
        last_segment(&self.key)
    }

    /// True where the key names a folder (or the bucket itself).
    pub fn is_prefix(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The same bucket with `tail` appended to the key as it stands.
    pub fn join(&self, tail: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: format!("{}{tail}", self.key) }
    }

    /// The prefix one level up; `None` at the bucket's root.
    pub fn parent(&self) -> Option<Self> {
        if self.key.is_empty() {
            return None;
        }
        let body = self.key.strip_suffix('/').unwrap_or(&self.key);
        let cut = body.rfind('/').map_or(0, |slash| slash + 1);
        Some(Self { bucket: self.bucket.clone(), key: body[..cut].to_owned() })
    }
}

/// The last `/`-separated segment, a trailing slash kept.
pub fn last_segment(key: &str) -> &str {
    let body = key.strip_suffix('/').unwrap_or(key);
    let cut = body.rfind('/').map_or(0, |slash| slash + 1);
    &key[cut..]
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl FromStr for S3Uri {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let bad = |why| BadUri { text: text.to_owned(), why };
        let rest = text
            .strip_prefix("s3://")
            .or_else(|| text.strip_prefix("s3a://"))
            .ok_or_else(|| bad("it must begin with s3://"))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(bad("it names no bucket"));
        }
        Ok(Self::new(bucket, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_byte_for_byte() {
        for text in ["s3://b/", "s3://b/a//b", "s3://b/../x", "s3://b/k\u{1b}[0m"] {
            assert_eq!(text.parse::<S3Uri>().unwrap().to_string(), text);
        }
        assert_eq!("s3://b".parse::<S3Uri>().unwrap().to_string(), "s3://b/");
    }

    #[test]
    fn refuses_what_names_no_bucket() {
        assert_eq!("s3:///k".parse::<S3Uri>().unwrap_err().why, "it names no bucket");
        assert!("b/k".parse::<S3Uri>().is_err());
    }

    #[test]
    fn walks_up_to_the_root() {
        let uri: S3Uri = "s3://b/a/b/c.txt".parse().unwrap();
        assert_eq!(uri.name(), "c.txt");
        assert_eq!(uri.parent().unwrap().key, "a/b/");
        assert_eq!(uri.parent().unwrap().parent().unwrap().key, "a/");
        assert_eq!(S3Uri::new("b", "a/").parent().unwrap().key, "");
        assert_eq!(S3Uri::new("b", "").parent(), None);
    }
}
