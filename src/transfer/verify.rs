//! Compares what the store says of an object with what is known here. Pure.

use super::digest::{Sum, comparable};
use crate::model::object::Head;
use crate::model::transfer::Proof;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What an upload believes it has written.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// Bytes.
    pub size: u64,
    /// Checksums computed here, any of which may be compared.
    pub sums: Vec<Sum>,
    /// The ETag the store should have made of the parts' MD5s, where they were sent.
    pub multipart_etag: Option<String>,
    /// The KMS key that was named in the request.
    pub kms_key: Option<String>,
}

/// What was proven, or what is wrong with the object.
///
/// # Errors
/// [`Kind::Integrity`] where a length, checksum or key differs.
pub fn verify(what: &str, claim: &Claim, head: &Head) -> Result<Proof, Trouble> {
    let wrong = |why: String| {
        Err(Trouble::new(Kind::Integrity, what, why)
            .hint("what is in the bucket now is not to be trusted: put it again with --overwrite"))
    };
    if head.size != claim.size {
        return wrong(format!("{} bytes were sent and {} arrived", claim.size, head.size));
    }
    if let Some(why) = wrong_key(claim.kms_key.as_deref(), head) {
        return wrong(why);
    }
    if let Some(theirs) = comparable(head)
        && let Some(ours) = claim.sums.iter().find(|sum| sum.method == theirs.method)
    {
        if ours.value != theirs.value {
            return wrong(format!("{} was sent and {} is there", ours.text(), theirs.text()));
        }
        return Ok(ours.method.proof());
    }
    // Under KMS an ETag is anything, so one that differs proves nothing.
    match (&claim.multipart_etag, &head.etag) {
        (Some(ours), Some(theirs)) if ours.eq_ignore_ascii_case(theirs) => Ok(Proof::Md5),
        _ => Ok(Proof::None),
    }
}

/// The refusal to replace the object at `to`, which has not been shown to be the same as
/// what would be written there, `size` bytes.
pub fn in_the_way(what: String, to: &S3Uri, head: &Head, size: u64) -> Trouble {
    let why = if head.size != size {
        format!("{to} is there already, with {} bytes instead of {size}", head.size)
    } else if comparable(head).is_some() {
        format!("{to} is there already, with other content of the same size")
    } else {
        format!(
            "{to} is there already, of the same size but with no checksum that could be compared"
        )
    };
    Trouble::new(Kind::Precondition, what, why)
}

/// Why the encryption is not the one asked for; `None` where it is, or cannot be told.
pub(super) fn wrong_key(wanted: Option<&str>, head: &Head) -> Option<String> {
    let wanted = wanted?;
    match head.encryption.algorithm.as_deref() {
        Some("aws:kms" | "aws:kms:dsse") => {}
        Some(other) => {
            return Some(format!("it is encrypted with {other}, not with KMS key {wanted}"));
        }
        None => return Some(format!("it is not encrypted with KMS key {wanted}")),
    }
    let there = head.encryption.kms_key.as_deref()?;
    (!same_key(wanted, there)?)
        .then(|| format!("it is encrypted with KMS key {there}, not with {wanted}"))
}

/// Compares two names of KMS keys; `None` where one is an alias, which only KMS can resolve.
fn same_key(one: &str, other: &str) -> Option<bool> {
    if one == other {
        return Some(true);
    }
    let id = |name: &str| match name.rsplit_once(":key/") {
        Some((_, id)) => Some(id.to_owned()),
        None if name.contains("alias/") => None,
        None => Some(name.to_owned()),
    };
    let (first, second) = (id(one)?, id(other)?);
    let both_arns = one.starts_with("arn:") && other.starts_with("arn:");
    Some(first == second && !both_arns)
}

#[cfg(test)]
mod tests {
    use super::super::digest::Method;
    use super::*;
    use crate::model::object::{Checksum, Encryption};

    const ARN: &str = "arn:aws:kms:eu-west-2:1:key/11-22";

    fn sum(value: &str) -> Sum {
        Sum { method: Method::Crc64Nvme, value: value.into() }
    }

    fn head(size: u64, crc: Option<&str>, key: Option<&str>) -> Head {
        Head {
            size,
            checksum: crc.map(|value| Checksum {
                algorithm: "CRC64NVME".into(),
                value: value.into(),
                full_object: true,
            }),
            encryption: Encryption {
                algorithm: key.map(|_| "aws:kms".into()),
                kms_key: key.map(Into::into),
            },
            ..Head::default()
        }
    }

    fn claim(kms_key: Option<&str>) -> Claim {
        Claim {
            size: 5,
            sums: vec![sum("abc=")],
            kms_key: kms_key.map(Into::into),
            ..Claim::default()
        }
    }

    #[test]
    fn equal_is_proven() {
        let proof = verify("put x", &claim(Some(ARN)), &head(5, Some("abc="), Some(ARN)));
        assert_eq!(proof, Ok(Proof::Crc64Nvme));
    }

    #[test]
    fn every_difference_is_told() {
        for (head, said) in [
            (head(4, Some("abc="), None), "5 bytes were sent and 4 arrived"),
            (head(5, Some("xyz="), None), "CRC64NVME:abc= was sent and CRC64NVME:xyz= is there"),
        ] {
            let trouble = verify("put x", &claim(None), &head).unwrap_err();
            assert_eq!((trouble.kind, trouble.why.as_str()), (Kind::Integrity, said));
        }
        let key = |head: &Head| verify("put x", &claim(Some(ARN)), head).map_err(|t| t.why);
        assert!(key(&head(5, Some("abc="), None)).unwrap_err().contains("not encrypted"));
        let other = ARN.replace("11-22", "99");
        assert!(key(&head(5, Some("abc="), Some(&other))).unwrap_err().contains("key/99"));
        assert_eq!(key(&head(5, Some("abc="), Some("11-22"))), Ok(Proof::Crc64Nvme));
    }

    #[test]
    fn an_alias_is_not_compared() {
        let claim = claim(Some("alias/lake"));
        assert_eq!(verify("x", &claim, &head(5, Some("abc="), Some(ARN))), Ok(Proof::Crc64Nvme));
    }

    #[test]
    fn nothing_to_compare_proves_nothing() {
        assert_eq!(verify("x", &claim(None), &head(5, None, None)), Ok(Proof::None));
        let mut claim = claim(None);
        claim.multipart_etag = Some("aa-2".into());
        let mut head = head(5, None, None);
        head.etag = Some("aa-2".into());
        assert_eq!(verify("x", &claim, &head), Ok(Proof::Md5));
        head.etag = Some("bb-2".into());
        assert_eq!(verify("x", &claim, &head), Ok(Proof::None));
    }
}
