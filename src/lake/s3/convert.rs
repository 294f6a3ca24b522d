//! S3's answers as this program's nouns.

use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput;
use aws_sdk_s3::operation::copy_object::CopyObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::types::{self, ChecksumType, ObjectLockLegalHoldStatus};

use super::super::sts::timestamp;
use super::write::Written;
use crate::model::keys::{ETag, Key, KeyPage};
use crate::model::object::{Checksum, Encryption, Entry, Head, Lock, Object, Page};
use crate::model::storage::Restore;

/// A page of a listing. `encoding-type=url` was asked for, since XML 1.0 cannot carry every
/// byte that a key may hold.
pub(super) fn page(answer: ListObjectsV2Output) -> Page {
    let decoded = |text: String| match answer.encoding_type {
        Some(types::EncodingType::Url) => from_url(&text),
        _ => text,
    };
    let folders = answer
        .common_prefixes
        .unwrap_or_default()
        .into_iter()
        .filter_map(|folder| folder.prefix)
        .map(|prefix| Entry::Prefix(decoded(prefix)));
    let objects = answer
        .contents
        .unwrap_or_default()
        .into_iter()
        .filter_map(|found| Some(Entry::Object(object(decoded(found.key.clone()?), found))));
    Page {
        entries: folders.chain(objects).collect(),
        next: answer.next_continuation_token.filter(|_| answer.is_truncated == Some(true)),
    }
}

/// The same page in columns.
pub(in crate::lake) fn columns(answer: ListObjectsV2Output) -> KeyPage {
    let page = page(answer);
    let mut into = KeyPage { next: page.next, ..KeyPage::default() };
    for entry in page.entries {
        match entry {
            Entry::Prefix(folder) => into.folders.push(&folder),
            Entry::Object(found) => into.keys.push_from(Key {
                key: &found.key,
                size: found.size,
                modified: found.modified.map(|at| at.as_second()),
                etag: found.etag.as_deref().map_or(ETag::None, ETag::read),
                class: found.storage_class.as_deref(),
                restore: found.restore,
            }),
        }
    }
    into
}

fn object(key: String, found: types::Object) -> Object {
    Object {
        key,
        size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        modified: found.last_modified.as_ref().and_then(timestamp),
        etag: found.e_tag.as_deref().map(bare),
        storage_class: found.storage_class.map(|class| class.as_str().to_owned()),
        restore: found.restore_status.as_ref().and_then(restore),
    }
}

fn restore(status: &types::RestoreStatus) -> Option<Restore> {
    match status.is_restore_in_progress? {
        true => Some(Restore::Ongoing),
        false => Some(Restore::Until(status.restore_expiry_date.as_ref().and_then(timestamp))),
    }
}

/// Percent-decoding as S3 encodes: `+` stands for a space. Text that is no UTF-8 afterwards
/// keeps its escapes, so that it can at least be seen.
pub(in crate::lake) fn from_url(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..])
                if nibble(*high).is_some() && nibble(*low).is_some() =>
            {
                bytes.push(nibble(*high).unwrap_or(0) << 4 | nibble(*low).unwrap_or(0));
                rest = after;
                continue;
            }
            _ => bytes.push(*first),
        }
        rest = tail;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// An ETag without its quotes.
pub(in crate::lake) fn bare(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// An ETag as a condition names it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// The answers that say the same things in types of their own.
macro_rules! written {
    ($answer:expr, $($result:tt)+) => {{
        let request_id = $answer.request_id().map(ToOwned::to_owned);
        let version_id = $answer.version_id.clone();
        let encryption = Encryption {
            algorithm: $answer.server_side_encryption.as_ref().map(|sse| sse.as_str().to_owned()),
            kms_key: $answer.ssekms_key_id.clone(),
            bucket_key: $answer.bucket_key_enabled == Some(true),
        };
        let result = $($result)+;
        let sums = [
            ("CRC64NVME", result.checksum_crc64_nvme),
            ("SHA256", result.checksum_sha256),
            ("CRC32C", result.checksum_crc32_c),
            ("CRC32", result.checksum_crc32),
        ];
        Written {
            request_id,
            version_id,
            encryption,
            etag: result.e_tag.as_deref().map(bare),
            checksum: sums.into_iter().find_map(|(name, sum)| Some(format!("{name}:{}", sum?))),
        }
    }};
}

impl From<PutObjectOutput> for Written {
    fn from(answer: PutObjectOutput) -> Self {
        written!(answer, answer)
    }
}

impl From<CompleteMultipartUploadOutput> for Written {
    fn from(answer: CompleteMultipartUploadOutput) -> Self {
        written!(answer, answer)
    }
}

impl From<CopyObjectOutput> for Written {
    fn from(answer: CopyObjectOutput) -> Self {
        written!(
            answer,
            match answer.copy_object_result {
                Some(result) => result,
                None => types::CopyObjectResult::builder().build(),
            }
        )
    }
}

pub(super) fn head(answer: HeadObjectOutput) -> Head {
    Head {
        size: answer.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        checksum: checksum(&answer),
        etag: answer.e_tag.as_deref().map(bare),
        modified: answer.last_modified.as_ref().and_then(timestamp),
        content_type: answer.content_type,
        storage_class: answer.storage_class.map(|class| class.as_str().to_owned()),
        version_id: answer.version_id.filter(|version| version != "null"),
        encryption: Encryption {
            algorithm: answer.server_side_encryption.map(|sse| sse.as_str().to_owned()),
            kms_key: answer.ssekms_key_id,
            bucket_key: answer.bucket_key_enabled == Some(true),
        },
        lock: Lock {
            mode: answer.object_lock_mode.map(|mode| mode.as_str().to_owned()),
            until: answer.object_lock_retain_until_date.as_ref().and_then(timestamp),
            hold: answer.object_lock_legal_hold_status == Some(ObjectLockLegalHoldStatus::On),
        },
        replication: answer.replication_status.map(|status| status.as_str().to_owned()),
        restore: answer.restore.as_deref().and_then(Restore::parse),
        metadata: answer.metadata.unwrap_or_default().into_iter().collect(),
    }
}

/// The strongest checksum the answer carries.
fn checksum(answer: &HeadObjectOutput) -> Option<Checksum> {
    let known = [
        ("CRC64NVME", &answer.checksum_crc64_nvme),
        ("SHA256", &answer.checksum_sha256),
        ("SHA1", &answer.checksum_sha1),
        ("CRC32C", &answer.checksum_crc32_c),
        ("CRC32", &answer.checksum_crc32),
    ];
    let composite = answer.checksum_type == Some(ChecksumType::Composite);
    known.into_iter().find_map(|(algorithm, value)| {
        let value = value.clone()?;
        // An older store that sends no type marks a composite one by its part count.
        let full_object = !composite && !value.contains('-');
        Some(Checksum { algorithm: algorithm.to_owned(), value, full_object })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_byte_for_byte() {
        assert_eq!(from_url("a%2Fb+c%1B%5B0m"), "a/b c\u{1b}[0m");
        assert_eq!(from_url("%e2%80%ae%2B"), "\u{202e}+");
        assert_eq!(from_url("100%"), "100%");
        assert_eq!(from_url("%zz%f"), "%zz%f");
        assert_eq!(from_url("%ff"), "%ff");
    }
}
