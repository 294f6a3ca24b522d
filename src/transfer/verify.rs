//! Compares what the store says of an object with what is known here. Pure.

use super::digest::{Sum, comparable};
use super::key::{self, Key};
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

/// What was proven, or what is wrong with the object. Of its key only what names alone tell.
///
/// # Errors
/// [`Kind::Integrity`] where a length, checksum or key differs.
pub fn verify(what: &str, claim: &Claim, head: &Head) -> Result<Proof, Trouble> {
    let wrong = |why: String| Err(wrong(what, why));
    if head.size != claim.size {
        return wrong(format!("{} bytes were sent and {} arrived", claim.size, head.size));
    }
    let key = claim.kms_key.as_deref().and_then(|named| key::by_name(named, &head.encryption));
    if let Some(Key::Other(why)) = key {
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

/// The refusal to replace the object at `to`, which has the same content under another key.
pub fn same_but_for_its_key(what: String, to: &S3Uri, why: &str) -> Trouble {
    let why = format!("{to} is there already, with the same content, but {why}");
    Trouble::new(Kind::Precondition, what, why)
}

/// The sentence for an object that is not what was sent.
pub(super) fn wrong(what: &str, why: String) -> Trouble {
    Trouble::new(Kind::Integrity, what, why)
        .hint("what is in the bucket now is not to be trusted: put it again with --overwrite")
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
                ..Encryption::default()
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
    fn an_alias_alone_refutes_nothing() {
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
