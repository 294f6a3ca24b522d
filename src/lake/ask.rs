//! What is about to be asked of AWS, in words that serve errors, the guard and the audit log.

use std::fmt;

use crate::model::uri::S3Uri;

/// The services this program calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    S3,
    Athena,
    Glue,
    Sts,
    Kms,
    LakeFormation,
}

impl Service {
    pub const ALL: [Self; 6] =
        [Self::S3, Self::Athena, Self::Glue, Self::Sts, Self::Kms, Self::LakeFormation];

    /// The service id, as the SDKs look up `AWS_ENDPOINT_URL_<ID>`.
    pub fn id(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Athena => "Athena",
            Self::Glue => "Glue",
            Self::Sts => "STS",
            Self::Kms => "KMS",
            Self::LakeFormation => "LakeFormation",
        }
    }

    /// The key of `endpoint_urls` and the host name's first label.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Athena => "athena",
            Self::Glue => "glue",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::LakeFormation => "lakeformation",
        }
    }
}

/// How long the answer may take: a screen waits for the one, data moves in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Metadata and small reads: an attempt has a deadline.
    Quick,
    /// Bodies of any size: no deadline by the clock, stalled streams are cut instead.
    Bulk,
}

/// One request in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub service: Service,
    /// What is being done, for a person: `list s3://b/p/`.
    pub what: String,
    /// The IAM action it needs: `s3:ListBucket`.
    pub action: &'static str,
    /// What the action is on; an ARN for S3.
    pub resource: String,
    pub approval: Option<String>,
    pub sql_sha256: Option<String>,
}

impl Ask {
    pub fn new(
        service: Service,
        action: &'static str,
        what: impl Into<String>,
        resource: impl Into<String>,
    ) -> Self {
        Self {
            service,
            what: what.into(),
            action,
            resource: resource.into(),
            approval: None,
            sql_sha256: None,
        }
    }

    /// A request about an object: `verb` and the URI make the sentence.
    pub fn object(action: &'static str, verb: &str, uri: &S3Uri) -> Self {
        let resource = format!("arn:aws:s3:::{}/{}", uri.bucket, uri.key);
        Self::new(Service::S3, action, format!("{verb} {uri}"), resource)
    }

    /// A request about a whole bucket, or about its listing below a prefix.
    pub fn bucket(action: &'static str, verb: &str, uri: &S3Uri) -> Self {
        let what = if uri.key.is_empty() {
            format!("{verb} s3://{}", uri.bucket)
        } else {
            format!("{verb} {uri}")
        };
        Self::new(Service::S3, action, what, format!("arn:aws:s3:::{}", uri.bucket))
    }

    pub fn athena(action: &'static str, what: impl Into<String>, on: impl fmt::Display) -> Self {
        Self::new(Service::Athena, action, what, on.to_string())
    }

    pub fn glue(action: &'static str, what: impl Into<String>, on: impl fmt::Display) -> Self {
        Self::new(Service::Glue, action, what, on.to_string())
    }

    /// The approval reference that a person gave for this act.
    pub fn approved(mut self, reference: Option<String>) -> Self {
        self.approval = reference;
        self
    }
}
