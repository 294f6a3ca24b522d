//! What HEAD and the tags tell of an object, as lines.

use super::Cx;
use crate::model::object::{Encryption, Head, Lock};
use crate::model::shown::Shown;
use crate::model::storage::{Class, Restore};
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
    push("bucket key", head.encryption.bucket_key.then_some("used"));
    let checksum = head.checksum.as_ref().map(|sum| {
        let of = if sum.full_object { "full object" } else { "composite: of the parts" };
        format!("{} {} ({of})", sum.algorithm, sum.value)
    });
    push("checksum", Some(checksum.as_deref().unwrap_or("none")));
    push("class", Some(head.storage_class.as_deref().unwrap_or("STANDARD")));
    push("restored", restore(head).as_deref());
    push("type", head.content_type.as_deref());
    push("ETag", head.etag.as_deref());
    push("parts", head.parts().map(|parts| parts.to_string()).as_deref());
    push("version", head.version_id.as_deref());
    push("replication", head.replication.as_deref());
    push("lock", lock(&head.lock).as_deref());
    push("legal hold", head.lock.hold.then_some("on: nobody can delete this version"));
    for (key, value) in &head.metadata {
        lines.push(("metadata", Shown::of(&format!("{key} = {value}"))));
    }
    lines
}

/// How a restore stands; what is archived and has not been asked back says that.
fn restore(head: &Head) -> Option<String> {
    let archived = head.storage_class.as_deref().and_then(Class::parse)?.is_archive();
    match head.restore {
        Some(Restore::Ongoing) => Some("on its way".to_owned()),
        Some(Restore::Until(Some(at))) => Some(format!("readable until {} UTC", text::time(at))),
        Some(Restore::Until(None)) => Some("readable for now".to_owned()),
        None => archived.then(|| "no: it cannot be read before".to_owned()),
    }
}

fn lock(lock: &Lock) -> Option<String> {
    let until = lock.until.map(|at| format!("until {} UTC", text::time(at)));
    match (&lock.mode, until) {
        (Some(mode), Some(until)) => Some(format!("{mode}, {until}")),
        (mode, until) => mode.clone().or(until),
    }
}

fn encryption(encryption: &Encryption) -> &str {
    encryption.algorithm.as_deref().unwrap_or("none told")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &Head) -> Vec<String> {
        lines(head).iter().map(|(label, text)| format!("{label}: {text}")).collect()
    }

    #[test]
    fn what_keeps_and_archives_an_object_is_told() {
        let at = Some("2027-01-02T03:04:00Z".parse().unwrap());
        let head = Head {
            etag: Some("abc-12".into()),
            storage_class: Some("GLACIER".into()),
            restore: Some(Restore::Until(at)),
            replication: Some("REPLICA".into()),
            lock: Lock { mode: Some("COMPLIANCE".into()), until: at, hold: true },
            ..Head::default()
        };
        let lines = of(&head);
        for wanted in [
            "restored: readable until 2027-01-02 03:04 UTC",
            "parts: 12",
            "replication: REPLICA",
            "lock: COMPLIANCE, until 2027-01-02 03:04 UTC",
            "legal hold: on: nobody can delete this version",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted} in {lines:?}");
        }
        let asleep = of(&Head { restore: None, ..head });
        assert!(asleep.iter().any(|line| line == "restored: no: it cannot be read before"));
        let plain = of(&Head::default());
        assert!(!plain.iter().any(|line| line.starts_with("lock") || line.starts_with("restored")));
    }
}
