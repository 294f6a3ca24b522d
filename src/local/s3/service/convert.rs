//! Between the store's nouns and the protocol's.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::{
    ETag, ETagCondition, Owner, ServerSideEncryption, StorageClass, Timestamp, TimestampFormat,
};

use crate::local::principal::ACCOUNT;
use crate::local::s3::checksum::{Algorithm, Kind};
use crate::local::s3::error::StoreError;
use crate::local::s3::object::{Meta, ObjectInfo};

pub fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

pub fn owner() -> Owner {
    Owner { id: Some(ACCOUNT.to_owned()), ..Owner::default() }
}

/// Times are compared by the second: HTTP's dates know no finer.
pub fn whole_seconds(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}

pub fn expires_text(time: Option<&Timestamp>) -> Option<String> {
    let mut text = Vec::new();
    time?.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

pub fn expires_time(text: Option<&String>) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::HttpDate, text?).ok()
}

pub fn sse(meta: &Meta) -> Option<ServerSideEncryption> {
    meta.sse.clone().map(ServerSideEncryption::from)
}

/// S3 leaves the class out of answers about one object when it is the standard one.
pub fn storage_class(meta: &Meta) -> Option<StorageClass> {
    meta.storage_class.clone().map(StorageClass::from)
}

pub fn metadata(map: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    map.into_iter().flatten().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

pub fn metadata_out(map: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    if map.is_empty() { None } else { Some(map.clone().into_iter().collect()) }
}

pub fn algorithm(name: &str) -> Result<Algorithm, StoreError> {
    Algorithm::named(name).ok_or_else(|| {
        StoreError::new(
            "InvalidRequest",
            format!("Checksum algorithm provided is unsupported: {name}"),
        )
    })
}

pub fn kind(name: &str) -> Result<Kind, StoreError> {
    [Kind::FullObject, Kind::Composite].into_iter().find(|kind| kind.name() == name).ok_or_else(
        || {
            StoreError::new(
                "InvalidRequest",
                format!("Value for x-amz-checksum-type header is invalid: {name}"),
            )
        },
    )
}

/// `*`, or the tag without its quotes.
pub fn condition(condition: &ETagCondition) -> String {
    match condition {
        ETagCondition::Any => "*".to_owned(),
        ETagCondition::ETag(tag) => tag.value().to_owned(),
    }
}

/// The version to show: none in a bucket that never had versions.
pub fn version(info: &ObjectInfo, versioned: bool) -> Option<String> {
    info.version.clone().or_else(|| versioned.then(|| "null".to_owned()))
}

/// A count from the wire, at most `most`; `most` if nothing is said.
///
/// # Errors
/// `InvalidArgument` for a negative one.
pub fn limit(asked: Option<i32>, most: usize, name: &str) -> Result<usize, StoreError> {
    match asked {
        None => Ok(most),
        Some(n) => usize::try_from(n).map(|n| n.min(most)).map_err(|_| {
            StoreError::new(
                "InvalidArgument",
                format!("Argument {name} must be an integer between 0 and 2147483647"),
            )
        }),
    }
}

pub fn int(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

pub fn long(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Percent-encodes what clients ask to have encoded (`encoding-type=url`). A plus is
/// encoded and a space is not made one, so that either way of decoding is right.
pub fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/*".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The checksums of the protocol's structures, whose fields are alike in all of them.
macro_rules! sums_of {
    ($input:expr) => {{
        use $crate::local::s3::checksum::Algorithm;
        let all: [(Algorithm, Option<&String>); 5] = [
            (Algorithm::Crc32, $input.checksum_crc32.as_ref()),
            (Algorithm::Crc32c, $input.checksum_crc32c.as_ref()),
            (Algorithm::Crc64Nvme, $input.checksum_crc64nvme.as_ref()),
            (Algorithm::Sha1, $input.checksum_sha1.as_ref()),
            (Algorithm::Sha256, $input.checksum_sha256.as_ref()),
        ];
        all.into_iter().filter_map(|(a, v)| Some((a, v?.clone()))).collect::<Vec<_>>()
    }};
}

/// Puts one checksum into its field.
macro_rules! set_sum {
    ($output:expr, $algorithm:expr, $value:expr) => {{
        use $crate::local::s3::checksum::Algorithm;
        let value = Some($value);
        match $algorithm {
            Algorithm::Crc32 => $output.checksum_crc32 = value,
            Algorithm::Crc32c => $output.checksum_crc32c = value,
            Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
            Algorithm::Sha1 => $output.checksum_sha1 = value,
            Algorithm::Sha256 => $output.checksum_sha256 = value,
        }
    }};
}

/// Puts an object's checksum and its kind into their fields.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            $crate::local::s3::service::convert::set_sum!(
                $output,
                checksum.algorithm,
                checksum.value.clone()
            );
            $output.checksum_type = Some(s3s::dto::ChecksumType::from_static(checksum.kind.name()));
        }
    };
}

pub(super) use {set_checksum, set_sum, sums_of};

#[cfg(test)]
mod tests {
    use super::url_encode;

    #[test]
    fn keys_are_encoded_for_both_ways_of_decoding() {
        assert_eq!(url_encode("a b+c/ü\u{1b}.txt"), "a%20b%2Bc/%C3%BC%1B.txt");
    }
}
