//! What HEAD and the tags tell of an object, as lines.

use super::Cx;
use crate::model::object::{Encryption, Head};
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::ui::panes::buckets::Details;
use crate::ui::widgets::text;

pub(super) async fn of(uri: &S3Uri, cx: &Cx) -> Result<Details, Trouble> {
    of_version(uri, None, cx).await
}

/// Of a version, where one is named.
pub(super) async fn of_version(
    uri: &S3Uri,
    version_id: Option<&str>,
    cx: &Cx,
) -> Result<Details, Trouble> {
    let lake = cx.lake()?;
    let (head, tags) = futures::join!(lake.head_of(uri, version_id), lake.tags_of(uri, version_id));
    let mut lines = lines(&head?);
    match tags {
        Ok(tags) if tags.is_empty() => lines.push(("tags", "none".into())),
        Ok(tags) => {
            let pairs = tags.iter().map(|(key, value)| Shown::of(&format!("{key} = {value}")));
            lines.extend(pairs.map(|pair| ("tag", pair)));
        }
        // Often nobody may read the tags; the rest is worth showing all the same.
        Err(trouble) => lines.push(("tags", Shown::of(&format!("unknown: {}", trouble.why)))),
    }
    Ok(Details { lines })
}

fn lines(head: &Head) -> Vec<(&'static str, Shown)> {
    let mut lines: Vec<(&'static str, Shown)> = Vec::new();
    let size = match head.size {
        0..1024 => text::bytes(head.size),
        size => format!("{} ({} bytes)", text::bytes(size), text::count(size)),
    };
    lines.push(("size", size.into()));
    let mut push = |label, value: Option<&str>| {
        if let Some(value) = value {
            lines.push((label, Shown::of(value)));
        }
    };
    let modified = head.modified.map(|at| format!("{} UTC", text::time(at)));
    push("modified", modified.as_deref());
    push("encryption", Some(encryption(&head.encryption)));
    push("KMS key", head.encryption.kms_key.as_deref());
    let checksum = head.checksum.as_ref().map(|sum| {
        let parts = if sum.full_object { "" } else { " (of the parts)" };
        format!("{} {}{parts}", sum.algorithm, sum.value)
    });
    push("checksum", Some(checksum.as_deref().unwrap_or("none")));
    push("class", Some(head.storage_class.as_deref().unwrap_or("STANDARD")));
    push("type", head.content_type.as_deref());
    push("ETag", head.etag.as_deref());
    push("version", head.version_id.as_deref());
    for (key, value) in &head.metadata {
        lines.push(("metadata", Shown::of(&format!("{key} = {value}"))));
    }
    lines
}

fn encryption(encryption: &Encryption) -> &str {
    encryption.algorithm.as_deref().unwrap_or("none told")
}
