//! The KMS key that an object is encrypted with, against the one that was named for it.
//!
//! Names alone tell much. What an alias stands for only KMS knows, and who may use a key often
//! may not ask about it: then the key is unproven, and nothing fails.

use super::task::{End, Task};
use super::verify::wrong;
use crate::lake::Lake;
use crate::model::kms::{are_same, is_alias};
use crate::model::object::Encryption;
use crate::model::trouble::{Kind, Trouble};

/// How an object's key compares with the one that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Same,
    /// It is another, or none: a sentence that names both.
    Other(String),
    /// Why that cannot be told.
    Unproven(String),
}

/// As far as the names alone tell; `None` where one is an alias. Pure.
pub(super) fn by_name(named: &str, there: &Encryption) -> Option<Key> {
    match there.algorithm.as_deref() {
        Some("aws:kms" | "aws:kms:dsse") => {}
        Some(other) => {
            let why = format!("it is encrypted with {other}, not with KMS key {named}");
            return Some(Key::Other(why));
        }
        None => return Some(Key::Other(format!("it is not encrypted with KMS key {named}"))),
    }
    let Some(there) = there.kms_key.as_deref() else {
        return Some(Key::Unproven("the store does not name it".to_owned()));
    };
    match named == there || !(is_alias(named) || is_alias(there)) {
        true => Some(judge(named, named, there)),
        false => None,
    }
}

/// `known` is the key that `named` stands for.
fn judge(named: &str, known: &str, there: &str) -> Key {
    if are_same(known, there) {
        return Key::Same;
    }
    let known = match named == known {
        true => String::new(),
        false => format!(", which is {known}"),
    };
    Key::Other(format!("it is encrypted with KMS key {there}, not with {named}{known}"))
}

/// Compares them, asking KMS what an alias stands for.
///
/// # Errors
/// Only what a renewed session mends.
pub(super) async fn compare(
    lake: &Lake,
    bucket: &str,
    named: &str,
    there: &Encryption,
) -> Result<Key, Trouble> {
    if let Some(key) = by_name(named, there) {
        return Ok(key);
    }
    let key = look_up(lake, bucket, named, there).await;
    if let Ok(Key::Other(_)) = key {
        // The alias may have been pointed at another key since it was looked up.
        lake.forget_keys();
        return unless_session(look_up(lake, bucket, named, there).await);
    }
    unless_session(key)
}

async fn look_up(
    lake: &Lake,
    bucket: &str,
    named: &str,
    there: &Encryption,
) -> Result<Key, Trouble> {
    let there = there.kms_key.as_deref().unwrap_or_default();
    Ok(judge(named, &resolved(lake, bucket, named).await?, &resolved(lake, bucket, there).await?))
}

/// A key's name as it is, an alias as the ARN of its key.
async fn resolved(lake: &Lake, bucket: &str, name: &str) -> Result<String, Trouble> {
    match is_alias(name) {
        true => lake.key_arn(bucket, name).await,
        false => Ok(name.to_owned()),
    }
}

fn unless_session(key: Result<Key, Trouble>) -> Result<Key, Trouble> {
    match key {
        Err(trouble) if !matches!(trouble.kind, Kind::Expired | Kind::NoCredentials) => {
            Ok(Key::Unproven(trouble.to_string()))
        }
        key => key,
    }
}

/// Compares the key of what a transfer has written, and notes why where that cannot be done.
///
/// # Errors
/// [`Kind::Integrity`] where it is another.
pub(super) async fn prove(
    task: &Task,
    what: &str,
    named: Option<&str>,
    there: &Encryption,
) -> Result<(), End> {
    match other(task, named, there).await? {
        None => Ok(()),
        Some(why) => Err(wrong(what, why).into()),
    }
}

/// Compares the key of an object of this transfer: a sentence where it is another than was
/// named. Notes why where that cannot be told.
pub(super) async fn other(
    task: &Task,
    named: Option<&str>,
    there: &Encryption,
) -> Result<Option<String>, End> {
    let Some(named) = named else { return Ok(None) };
    let bucket = &task.item.job.remote().bucket;
    let key = match by_name(named, there) {
        Some(key) => key,
        None => task.patiently(|| compare(task.lake(), bucket, named, there)).await?,
    };
    match key {
        Key::Same => Ok(None),
        Key::Other(why) => Ok(Some(why)),
        Key::Unproven(why) => {
            task.item.note(unproven(&why));
            Ok(None)
        }
    }
}

/// Notes that the key was not compared, since nobody may look at the object.
pub(super) fn unseen(task: &Task, named: Option<&str>) {
    if named.is_some() {
        task.item.note(unproven("the object may not be looked at (it needs s3:GetObject)"));
    }
}

/// The remark about a key that was not compared.
pub(super) fn unproven(why: &str) -> String {
    format!("KMS key not compared: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-2:1:key/11-22";

    fn encrypted(algorithm: Option<&str>, key: Option<&str>) -> Encryption {
        Encryption {
            algorithm: algorithm.map(Into::into),
            kms_key: key.map(Into::into),
            ..Encryption::default()
        }
    }

    #[test]
    fn names_tell_keys_apart() {
        let named = |there| by_name(ARN, &encrypted(Some("aws:kms"), Some(there)));
        assert_eq!(named(ARN), Some(Key::Same));
        assert_eq!(named("11-22"), Some(Key::Same));
        let other = ARN.replace("11-22", "99");
        let why = format!("it is encrypted with KMS key {other}, not with {ARN}");
        assert_eq!(named(&other), Some(Key::Other(why)));
    }

    #[test]
    fn another_encryption_is_another_key_whatever_it_is_called() {
        for named in [ARN, "alias/lake"] {
            let why = format!("it is encrypted with AES256, not with KMS key {named}");
            assert_eq!(by_name(named, &encrypted(Some("AES256"), None)), Some(Key::Other(why)));
            let none = by_name(named, &encrypted(None, None));
            assert!(matches!(none, Some(Key::Other(why)) if why.contains("not encrypted")));
        }
    }

    #[test]
    fn an_alias_is_for_kms_to_resolve() {
        assert_eq!(by_name("alias/lake", &encrypted(Some("aws:kms"), Some(ARN))), None);
        assert_eq!(by_name(ARN, &encrypted(Some("aws:kms"), Some("alias/lake"))), None);
        // A store that knows the key by nothing else.
        let same = by_name("alias/lake", &encrypted(Some("aws:kms"), Some("alias/lake")));
        assert_eq!(same, Some(Key::Same));
        let untold = by_name("alias/lake", &encrypted(Some("aws:kms"), None));
        assert!(matches!(untold, Some(Key::Unproven(_))));
    }

    #[test]
    fn a_wrong_key_is_told_with_the_alias_and_what_it_stands_for() {
        let Key::Other(why) = judge("alias/lake", ARN, "99") else { panic!("another key") };
        assert_eq!(
            why,
            format!("it is encrypted with KMS key 99, not with alias/lake, which is {ARN}")
        );
        assert_eq!(judge("alias/lake", ARN, ARN), Key::Same);
    }
}
