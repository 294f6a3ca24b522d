//! What GetObjectAttributes tells that a HEAD does not: the parts of an object.

use aws_sdk_s3::types::ObjectAttributes;

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

impl Lake {
    /// The bytes of each part that an object was put together from, in order. Empty where the
    /// store does not tell them: it does so of uploads with a checksum.
    ///
    /// # Errors
    /// As S3 answers: the action is `s3:GetObjectAttributes`. [`Kind::Precondition`] where the
    /// object has another ETag by now.
    pub async fn part_sizes(&self, uri: &S3Uri, etag: Option<&str>) -> Result<Vec<u64>, Trouble> {
        let ask = Ask::object("s3:GetObjectAttributes", "look at the parts of", uri);
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let answer = self
                .in_bucket(&ask, &uri.bucket, Pace::Quick, |client| {
                    client
                        .get_object_attributes()
                        .bucket(&uri.bucket)
                        .key(&uri.key)
                        .object_attributes(ObjectAttributes::Etag)
                        .object_attributes(ObjectAttributes::ObjectParts)
                        .set_part_number_marker(after.clone())
                        .set_request_payer(self.payer(&uri.bucket))
                        .send()
                })
                .await?;
            let now = answer.e_tag.as_deref().map(super::bare);
            if etag.is_some() && now.is_some() && now.as_deref() != etag {
                return Err(Trouble::new(Kind::Precondition, ask.what, "it has been replaced"));
            }
            let Some(page) = answer.object_parts else { return Ok(found) };
            let next = page.next_part_number_marker.filter(|_| page.is_truncated == Some(true));
            let sizes = page.parts.unwrap_or_default().into_iter().map(|part| part.size);
            found.extend(sizes.map(|size| size.unwrap_or_default().unsigned_abs()));
            // A store that goes round in circles is not followed.
            if next.is_none() || next == after {
                return Ok(found);
            }
            after = next;
        }
    }
}
