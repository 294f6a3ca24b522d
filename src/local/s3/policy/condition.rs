//! The `Condition` block of a statement.

use super::Request;
use crate::local::kms;
use crate::local::principal::ACCOUNT;
use crate::model::pattern::Pattern;

/// One operator applied to one key; all of a statement's must hold.
#[derive(Debug, Clone)]
pub struct Condition {
    pub operator: Operator,
    /// `…IfExists`: holds where the key is absent.
    pub if_exists: bool,
    pub key: Key,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Values compared as they are, or ignoring case, or with `*` and `?`.
    Text {
        how: How,
        not: bool,
    },
    Bool,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Exact,
    AnyCase,
    Like,
}

impl Operator {
    /// ARN operators match with wildcards; AWS treats ArnEquals and ArnLike alike.
    pub fn named(name: &str) -> Option<Self> {
        let text = |how, not| Some(Self::Text { how, not });
        match name.to_ascii_lowercase().as_str() {
            "stringequals" => text(How::Exact, false),
            "stringnotequals" => text(How::Exact, true),
            "stringequalsignorecase" => text(How::AnyCase, false),
            "stringnotequalsignorecase" => text(How::AnyCase, true),
            "stringlike" | "arnlike" | "arnequals" => text(How::Like, false),
            "stringnotlike" | "arnnotlike" | "arnnotequals" => text(How::Like, true),
            "bool" => Some(Self::Bool),
            "null" => Some(Self::Null),
            _ => None,
        }
    }
}

/// What a condition may ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Encryption,
    Kms,
    StorageClass,
    SecureTransport,
    PrincipalArn,
    PrincipalAccount,
    PrincipalType,
    UserName,
}

impl Key {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "s3:x-amz-server-side-encryption" => Self::Encryption,
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => Self::Kms,
            "s3:x-amz-storage-class" => Self::StorageClass,
            "aws:securetransport" => Self::SecureTransport,
            "aws:principalarn" => Self::PrincipalArn,
            "aws:principalaccount" => Self::PrincipalAccount,
            "aws:principaltype" => Self::PrincipalType,
            "aws:username" => Self::UserName,
            _ => return None,
        })
    }

    /// `None`: the request does not have it.
    fn value(self, request: &Request<'_>) -> Option<String> {
        let headers = request.headers;
        match self {
            Self::Encryption => headers.and_then(|h| h.sse.clone()),
            // Compared as the key's ARN, whatever the request calls it.
            Self::Kms => headers.and_then(|h| h.kms_key.as_deref().map(kms::key_arn)),
            Self::StorageClass => headers.and_then(|h| h.storage_class.clone()),
            // Requests reach the local lake inside the process or over the loopback
            // device: none crosses a wire, which is what this key guards.
            Self::SecureTransport => Some("true".to_owned()),
            Self::PrincipalArn => Some(request.who.arn()),
            Self::PrincipalAccount => Some(ACCOUNT.to_owned()),
            Self::PrincipalType => {
                Some(if request.who.is_admin() { "Account" } else { "User" }.to_owned())
            }
            Self::UserName => (!request.who.is_admin()).then(|| request.who.name().to_owned()),
        }
    }
}

impl Condition {
    pub fn holds(&self, request: &Request<'_>) -> bool {
        let value = self.key.value(request);
        if self.operator == Operator::Null {
            let absent = value.is_none();
            return self
                .values
                .iter()
                .any(|v| v.eq_ignore_ascii_case(if absent { "true" } else { "false" }));
        }
        let Some(value) = value else {
            // IAM: a negated operator holds for a key that is absent.
            return self.if_exists || matches!(self.operator, Operator::Text { not: true, .. });
        };
        match self.operator {
            Operator::Text { how, not } => {
                self.values.iter().any(|wanted| same(how, wanted, &value)) != not
            }
            Operator::Bool | Operator::Null => {
                self.values.iter().any(|wanted| wanted.eq_ignore_ascii_case(&value))
            }
        }
    }
}

fn same(how: How, wanted: &str, value: &str) -> bool {
    match how {
        How::Exact => wanted == value,
        How::AnyCase => wanted.eq_ignore_ascii_case(value),
        How::Like => Pattern::new(wanted).fits(value),
    }
}
