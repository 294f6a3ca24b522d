//! Unfinished multipart uploads, whoever began them.

use aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;
use aws_sdk_s3::types::{EncodingType, Initiator, MultipartUpload, Owner};
use jiff::Timestamp;

use super::Lake;
use super::ask::{Ask, Pace};
use super::s3::from_url;
use super::sts::timestamp;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// An upload that was begun and neither completed nor aborted, as ListMultipartUploads tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub key: String,
    pub upload_id: String,
    pub initiated: Option<Timestamp>,
    /// Who began it: an ARN, or a name where the store has nothing better.
    pub initiator: Option<String>,
    pub owner: Option<String>,
    pub storage_class: Option<String>,
    /// `CRC64NVME FULL_OBJECT`, where it has one.
    pub checksum: Option<String>,
}

/// How [`Stray::checksum`] spells what lakehand's own uploads take.
const OWN_CHECKSUM: &str = "CRC64NVME FULL_OBJECT";

impl Stray {
    /// It takes a CRC64NVME of the full object, as lakehand's own do.
    pub fn has_own_checksum(&self) -> bool {
        self.checksum.as_deref() == Some(OWN_CHECKSUM)
    }

    /// It wants a checksum of another kind with every part.
    pub fn has_other_checksum(&self) -> bool {
        self.checksum.is_some() && !self.has_own_checksum()
    }
}

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrayMarker {
    key: String,
    upload_id: Option<String>,
}

/// One page, in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StrayPage {
    pub uploads: Vec<Stray>,
    /// `None` on the last page.
    pub next: Option<StrayMarker>,
}

impl Lake {
    /// Up to a thousand unfinished uploads of a bucket, after those of the page before.
    ///
    /// # Errors
    /// As S3 answers; the action is `s3:ListBucketMultipartUploads`.
    pub async fn strays(
        &self,
        bucket: &str,
        after: Option<&StrayMarker>,
    ) -> Result<StrayPage, Trouble> {
        let whole = S3Uri::new(bucket, "");
        let ask = Ask::bucket("s3:ListBucketMultipartUploads", "list the uploads in", &whole);
        self.uploads_page(&ask, &whole, after).await
    }

    /// The unfinished uploads below a prefix, all pages of them.
    ///
    /// # Errors
    /// As [`Self::strays`].
    pub async fn unfinished_uploads(&self, prefix: &S3Uri) -> Result<Vec<Stray>, Trouble> {
        let ask = Ask::bucket("s3:ListBucketMultipartUploads", "list the uploads under", prefix);
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let page = self.uploads_page(&ask, prefix, next.as_ref()).await?;
            found.extend(page.uploads);
            next = page.next;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn uploads_page(
        &self,
        ask: &Ask,
        under: &S3Uri,
        after: Option<&StrayMarker>,
    ) -> Result<StrayPage, Trouble> {
        let prefix = Some(&under.key).filter(|key| !key.is_empty());
        let answer = self
            .in_bucket(ask, &under.bucket, Pace::Quick, |client| {
                client
                    .list_multipart_uploads()
                    .bucket(&under.bucket)
                    .set_prefix(prefix.cloned())
                    // XML 1.0 cannot carry every byte that a key may hold.
                    .encoding_type(EncodingType::Url)
                    .set_key_marker(after.map(|after| after.key.clone()))
                    .set_upload_id_marker(after.and_then(|after| after.upload_id.clone()))
                    .send()
            })
            .await?;
        Ok(page(answer))
    }
}

fn page(answer: ListMultipartUploadsOutput) -> StrayPage {
    let encoded = answer.encoding_type == Some(EncodingType::Url);
    let decoded = |text: String| if encoded { from_url(&text) } else { text };
    let next = answer.next_key_marker.filter(|_| answer.is_truncated == Some(true));
    StrayPage {
        next: next.map(|key| StrayMarker {
            key: decoded(key),
            upload_id: answer.next_upload_id_marker.filter(|id| !id.is_empty()),
        }),
        uploads: answer
            .uploads
            .unwrap_or_default()
            .into_iter()
            .filter_map(|upload| stray(upload, decoded))
            .collect(),
    }
}

fn stray(upload: MultipartUpload, decoded: impl Fn(String) -> String) -> Option<Stray> {
    let checksum = upload.checksum_algorithm.map(|algorithm| match upload.checksum_type {
        Some(kind) => format!("{} {}", algorithm.as_str(), kind.as_str()),
        None => algorithm.as_str().to_owned(),
    });
    Some(Stray {
        key: decoded(upload.key?),
        upload_id: upload.upload_id?,
        initiated: upload.initiated.as_ref().and_then(timestamp),
        initiator: upload.initiator.and_then(initiator),
        owner: upload.owner.and_then(owner),
        storage_class: upload.storage_class.map(|class| class.as_str().to_owned()),
        checksum,
    })
}

/// The id is an ARN for whoever signs with IAM, and a number for a whole account.
fn initiator(who: Initiator) -> Option<String> {
    let arn = who.id.clone().filter(|id| id.starts_with("arn:"));
    arn.or(who.display_name.filter(|name| !name.is_empty())).or(who.id)
}

fn owner(who: Owner) -> Option<String> {
    who.display_name.filter(|name| !name.is_empty()).or(who.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, StorageClass};

    #[test]
    fn keys_and_markers_are_decoded() {
        let upload = MultipartUpload::builder()
            .key("in/a%1Bb")
            .upload_id("u1")
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_type(ChecksumType::FullObject)
            .storage_class(StorageClass::Standard)
            .initiator(Initiator::builder().id("arn:aws:iam::1:user/ann").display_name("a").build())
            .owner(Owner::builder().id("0123").build())
            .build();
        let answer = ListMultipartUploadsOutput::builder()
            .encoding_type(EncodingType::Url)
            .uploads(upload)
            .is_truncated(true)
            .next_key_marker("in/a%1Bb")
            .next_upload_id_marker("u1")
            .build();
        let page = page(answer);
        let [stray] = &page.uploads[..] else { panic!("{page:?}") };
        assert_eq!(stray.key, "in/a\u{1b}b");
        assert!(stray.has_own_checksum() && !stray.has_other_checksum());
        assert_eq!(stray.initiator.as_deref(), Some("arn:aws:iam::1:user/ann"));
        assert_eq!(stray.owner.as_deref(), Some("0123"));
        let next = page.next.unwrap();
        assert_eq!((next.key.as_str(), next.upload_id.as_deref()), ("in/a\u{1b}b", Some("u1")));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let answer = ListMultipartUploadsOutput::builder()
            .is_truncated(false)
            .next_key_marker("left over")
            .build();
        assert_eq!(page(answer), StrayPage::default());
    }
}
