//! What is set on a bucket, and which locations Lake Formation has.

use jiff::Timestamp;

/// How a bucket encrypts what comes without a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultEncryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// As it was set: an ARN, an id or an alias; nothing for S3's own key of the account.
    pub kms_key: Option<String>,
    pub bucket_key: bool,
}

/// What of public access a bucket blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublicBlock {
    pub block_acls: bool,
    pub ignore_acls: bool,
    pub block_policy: bool,
    pub restrict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    Enabled,
    Suspended,
    /// Never switched on.
    Off,
}

/// Where a bucket's access logs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    pub bucket: String,
    pub prefix: String,
    /// In folders by account, region, bucket and day; else the time follows the prefix.
    pub partitioned: bool,
}

/// A lifecycle rule, as far as it is about uploads that nobody completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRule {
    pub id: String,
    pub enabled: bool,
    pub scope: Scope,
    /// Days after an upload was begun; `None` where the rule is about something else.
    pub abort_after: Option<i32>,
}

/// What of a bucket a lifecycle rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Whole,
    Prefix(String),
    /// By tags or sizes too.
    Narrow,
}

/// A location that Lake Formation has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/folder`.
    pub arn: String,
    /// The role that reads and writes there for Lake Formation.
    pub role: Option<String>,
    /// IAM's permissions stay in force for whoever has not opted in.
    pub hybrid: bool,
    pub modified: Option<Timestamp>,
}

impl Registration {
    /// The folder of this bucket that is registered, without slashes around it and empty for the
    /// whole; `None` where it is another bucket's.
    pub fn within(&self, bucket: &str) -> Option<&str> {
        let location = self.arn.splitn(6, ':').nth(5)?;
        let (name, folder) = location.split_once('/').unwrap_or((location, ""));
        (name == bucket).then(|| folder.trim_end_matches('*').trim_end_matches('/'))
    }

    /// True for the role that Lake Formation makes for itself.
    pub fn has_service_linked_role(&self) -> bool {
        const PATH: &str = ":role/aws-service-role/lakeformation.amazonaws.com/";
        self.role.as_deref().is_some_and(|role| role.contains(PATH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_is_of_a_bucket_or_a_folder_of_it() {
        let of =
            |arn: &str| Registration { arn: arn.into(), role: None, hybrid: false, modified: None };
        assert_eq!(of("arn:aws:s3:::lake").within("lake"), Some(""));
        assert_eq!(of("arn:aws:s3:::lake/").within("lake"), Some(""));
        assert_eq!(of("arn:aws-cn:s3:::lake/*").within("lake"), Some(""));
        assert_eq!(of("arn:aws:s3:::lake/a/b/").within("lake"), Some("a/b"));
        assert_eq!(of("arn:aws:s3:::lake2").within("lake"), None);
        assert_eq!(of("lake").within("lake"), None);
    }
}
