//! Who may do what: the account's own rules, then the bucket's policy.

use super::Store;
use super::error::StoreError;
use super::object::PutOptions;
use super::policy::{Policy, Request, Verdict};
use crate::local::principal::Principal;

/// What a principal that is not the administrator may do of itself: read, and write
/// (the output of its queries is written in its name). A bucket's policy may allow
/// more and forbid any of it.
const USERS_MAY: [&str; 18] = [
    "s3:GetBucketEncryption",
    "s3:GetBucketLocation",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
];

/// The administrator can always mend a policy that shuts everybody out, as the root
/// of an AWS account can.
const POLICY_ITSELF: [&str; 3] =
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

impl Store {
    /// Checks one action. `key` is empty for actions on the bucket; `headers` are
    /// those of a write, whose encryption a policy may ask about.
    ///
    /// # Errors
    /// `AccessDenied`, naming who, what and where; `NoSuchBucket`.
    pub fn allowed(
        &self,
        who: &Principal,
        action: &str,
        bucket: &str,
        key: &str,
        headers: Option<&PutOptions>,
    ) -> Result<(), StoreError> {
        if who.is_admin() && POLICY_ITSELF.contains(&action) {
            return Ok(());
        }
        let resource = if key.is_empty() {
            format!("arn:aws:s3:::{bucket}")
        } else {
            format!("arn:aws:s3:::{bucket}/{key}")
        };
        let request = Request { who, action, resource: &resource, headers };
        let verdict = match self.policy(bucket)? {
            Some(json) => Policy::parse(&json, bucket)?.judge(&request),
            None => Verdict::Silent,
        };
        let of_itself = who.is_admin() || USERS_MAY.contains(&action);
        let because = match verdict {
            Verdict::Denied => "with an explicit deny in a resource-based policy",
            Verdict::Silent if !of_itself => "because no policy allows it",
            _ => return Ok(()),
        };
        Err(StoreError::new(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: {action} on resource: \"{resource}\" {because}",
                who.arn()
            ),
        ))
    }
}
