//! What keys were: versions and delete markers, page by page.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::Intercept;
use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};
use quick_xml::Reader as Xml;
use quick_xml::events::Event;

use super::Lake;
use super::ask::{Ask, Pace};
use super::s3::{bare, from_url};
use super::sts::timestamp;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::model::version::{Version, What};

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMarker {
    key: String,
    id: Option<String>,
}

/// One page: keys in their order, the versions of each from the newest on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionPage {
    pub versions: Vec<Version>,
    /// `None` on the last page.
    pub next: Option<VersionMarker>,
}

impl Lake {
    /// Up to a thousand versions and delete markers of the keys below a prefix, after those of
    /// the page before. A key is a prefix too: of itself and of any that goes on from it.
    ///
    /// # Errors
    /// As S3 answers; the action is `s3:ListBucketVersions`.
    pub async fn versions(
        &self,
        prefix: &S3Uri,
        after: Option<&VersionMarker>,
    ) -> Result<VersionPage, Trouble> {
        let ask = Ask::bucket("s3:ListBucketVersions", "list the versions of", prefix);
        let order = Order::default();
        let answer = self
            .in_bucket(&ask, &prefix.bucket, Pace::Quick, |client| {
                client
                    .list_object_versions()
                    .bucket(&prefix.bucket)
                    .prefix(&prefix.key)
                    // XML 1.0 cannot carry every byte that a key may hold.
                    .encoding_type(EncodingType::Url)
                    .set_key_marker(after.map(|after| after.key.clone()))
                    .set_version_id_marker(after.and_then(|after| after.id.clone()))
                    .customize()
                    .interceptor(order.clone())
                    .send()
            })
            .await?;
        Ok(page(answer, &order.kinds()))
    }
}

fn page(answer: ListObjectVersionsOutput, kinds: &[Kind]) -> VersionPage {
    let encoded = answer.encoding_type == Some(EncodingType::Url);
    let decoded = |text: String| if encoded { from_url(&text) } else { text };
    let next = answer.next_key_marker.filter(|_| answer.is_truncated == Some(true));
    let objects = answer.versions.unwrap_or_default().into_iter();
    let markers = answer.delete_markers.unwrap_or_default().into_iter();
    VersionPage {
        next: next.map(|key| VersionMarker {
            key: decoded(key),
            id: answer.next_version_id_marker.filter(|id| !id.is_empty()),
        }),
        versions: in_order(
            objects.filter_map(|one| object(one, decoded)).collect(),
            markers.filter_map(|one| marker(one, decoded)).collect(),
            kinds,
        ),
    }
}

fn object(one: ObjectVersion, decoded: impl Fn(String) -> String) -> Option<Version> {
    Some(Version {
        key: decoded(one.key?),
        id: one.version_id.unwrap_or_else(|| "null".to_owned()),
        modified: one.last_modified.as_ref().and_then(timestamp),
        latest: one.is_latest == Some(true),
        what: What::Object {
            size: one.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            etag: one.e_tag.as_deref().map(bare),
            class: one.storage_class.map(|class| class.as_str().to_owned()),
        },
    })
}

fn marker(one: DeleteMarkerEntry, decoded: impl Fn(String) -> String) -> Option<Version> {
    Some(Version {
        key: decoded(one.key?),
        id: one.version_id.unwrap_or_else(|| "null".to_owned()),
        modified: one.last_modified.as_ref().and_then(timestamp),
        latest: one.is_latest == Some(true),
        what: What::Marker,
    })
}

/// What an element of the answer is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Marker,
}

/// Both lists as one, each in its own order.
///
/// S3 writes versions and delete markers among one another, the newest of a key first, which
/// the SDK's two lists forget: `kinds` is that order. Times would not do in its place: those
/// of S3 are whole seconds here, and an object that was sent in parts bears the time at which
/// its upload began. Other stores write all of one kind and then all of the other; of those the
/// times have to do, and where they are equal the kind that is written first is the newer.
fn in_order(objects: Vec<Version>, markers: Vec<Version>, kinds: &[Kind]) -> Vec<Version> {
    let told = kinds.len() == objects.len() + markers.len()
        && kinds.iter().filter(|kind| **kind == Kind::Marker).count() == markers.len();
    let changes = kinds.windows(2).filter(|two| two[0] != two[1]).count();
    let markers_lead = kinds.first() == Some(&Kind::Marker);
    let mut all = Vec::with_capacity(objects.len() + markers.len());
    let (mut objects, mut markers) =
        (objects.into_iter().peekable(), markers.into_iter().peekable());
    if told && changes > 1 {
        all.extend(kinds.iter().filter_map(|kind| match kind {
            Kind::Object => objects.next(),
            Kind::Marker => markers.next(),
        }));
        return all;
    }
    let is_first = |marker: &Version, object: &Version| match object.key.cmp(&marker.key) {
        Ordering::Equal if marker.latest != object.latest => marker.latest,
        Ordering::Equal => match marker.modified.cmp(&object.modified) {
            Ordering::Equal => markers_lead,
            order => order.is_gt(),
        },
        order => order.is_gt(),
    };
    loop {
        let marker_first = match (objects.peek(), markers.peek()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(object), Some(marker)) => is_first(marker, object),
        };
        let next = if marker_first { markers.next() } else { objects.next() };
        match next {
            Some(next) => all.push(next),
            None => return all,
        }
    }
}

/// Reads the order of versions and delete markers out of the answer's text.
#[derive(Debug, Clone, Default)]
struct Order(Arc<Mutex<Vec<Kind>>>);

impl Order {
    fn kinds(&self) -> Vec<Kind> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for Order {
    fn name(&self) -> &'static str {
        "Order"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let kinds = context.response().body().bytes().map(kinds).unwrap_or_default();
        // Of the last attempt, should there be several.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kinds;
        Ok(())
    }
}

/// The elements below the root; empty for what is no such document.
fn kinds(document: &[u8]) -> Vec<Kind> {
    let mut xml = Xml::from_reader(document);
    let (mut depth, mut kinds) = (0, Vec::new());
    loop {
        match xml.read_event() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                match tag.local_name().as_ref() {
                    b"Version" if depth == 2 => kinds.push(Kind::Object),
                    b"DeleteMarker" if depth == 2 => kinds.push(Kind::Marker),
                    _ => {}
                }
            }
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) => return kinds,
            Ok(_) => {}
            Err(_) => return Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"a:d5 a:v4"`: of the key `a` a marker of second 5, then a version of second 4.
    fn all(text: &str) -> Vec<Version> {
        let mut before = String::new();
        let each = text.split_whitespace().map(|word| {
            let (key, rest) = word.split_once(':').unwrap();
            let second: i64 = rest[1..].parse().unwrap();
            let latest = std::mem::replace(&mut before, key.to_owned()) != key;
            let object = What::Object { size: 1, etag: None, class: None };
            Version {
                key: key.to_owned(),
                id: word.to_owned(),
                modified: jiff::Timestamp::from_second(second).ok(),
                latest,
                what: if rest.starts_with('d') { What::Marker } else { object },
            }
        });
        each.collect()
    }

    fn merged(text: &str, kinds: &[Kind]) -> String {
        let (markers, objects) = all(text).into_iter().partition(Version::is_marker);
        let ids = in_order(objects, markers, kinds).into_iter().map(|version| version.id);
        ids.collect::<Vec<_>>().join(" ")
    }

    fn written(text: &str) -> Vec<Kind> {
        let kind = |version: Version| if version.is_marker() { Kind::Marker } else { Kind::Object };
        all(text).into_iter().map(kind).collect()
    }

    #[test]
    fn the_order_of_the_document_is_kept_whatever_the_times() {
        // All in one second; and an upload in parts, begun before the delete it came after.
        for text in ["a:d5 a:d5 a:v5 a:d5 a:v5 b:v1", "a:d9 a:v2 a:d5 a:v1"] {
            assert_eq!(merged(text, &written(text)), text);
        }
    }

    #[test]
    fn two_lists_are_merged_by_key_and_time() {
        let text = "a:d9 a:d8 a:v7 a:d6 a:v5 b:v9 b:d3 b:v1 c:d4";
        let (markers, objects): (Vec<_>, Vec<_>) =
            written(text).into_iter().partition(|kind| *kind == Kind::Marker);
        let markers_first = [&markers[..], &objects].concat();
        let objects_first = [&objects[..], &markers].concat();
        for kinds in [&markers_first[..], &objects_first, &[]] {
            assert_eq!(merged(text, kinds), text);
        }
        // Equal times: the latest first, then what is written first.
        assert_eq!(merged("a:d5 a:d5 a:v5", &[]), "a:d5 a:v5 a:d5");
        let written = [Kind::Marker, Kind::Marker, Kind::Object];
        assert_eq!(merged("a:d5 a:d5 a:v5", &written), "a:d5 a:d5 a:v5");
    }

    #[test]
    fn the_elements_of_the_answer_are_told_apart() {
        let document = "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"x\"><Name>b</Name>\
            <Version><Key>a</Key><Owner><Version/></Owner></Version>\
            <DeleteMarker><Key>b</Key></DeleteMarker><Version><Key>c</Key></Version>\
            </ListVersionsResult>";
        assert_eq!(kinds(document.as_bytes()), [Kind::Object, Kind::Marker, Kind::Object]);
        assert_eq!(kinds(b"<a><b"), []);
    }

    #[test]
    fn keys_and_markers_are_decoded() {
        let answer = ListObjectVersionsOutput::builder()
            .encoding_type(EncodingType::Url)
            .versions(ObjectVersion::builder().key("in/a%1Bb").is_latest(true).build())
            .is_truncated(true)
            .next_key_marker("in/a%1Bb")
            .next_version_id_marker("v1")
            .build();
        let page = page(answer, &[]);
        assert_eq!(
            (page.versions[0].key.as_str(), page.versions[0].id.as_str()),
            ("in/a\u{1b}b", "null")
        );
        let next = page.next.unwrap();
        assert_eq!((next.key.as_str(), next.id.as_deref()), ("in/a\u{1b}b", Some("v1")));
    }
}
