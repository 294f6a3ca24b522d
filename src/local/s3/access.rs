//! Who may do what: the account's own rules, then the bucket's policy.

use super::Store;
use super::error::StoreError;
use super::object::PutOptions;
use super::policy::{Policy, Request, Verdict};
use crate::local::lakeformation::Reach;
use crate::local::principal::Principal;

/// What a principal that is not the administrator may do of itself: read, and write
/// (the output of its queries is written in its name). A bucket's policy may allow
/// more and forbid any of it; a location that is registered with Lake Formation is read by
/// queries alone.
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

/// The reading among it, which in a registered location is Lake Formation's to allow. The parts
/// of an upload are known to whoever has its id, and are no data yet.
const READING: [&str; 9] = [
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
];

/// Why nobody may do it.
enum Because {
    PolicyDenies,
    NothingAllows,
    LakeFormation,
}

impl Because {
    fn words(&self) -> &'static str {
        match self {
            Self::PolicyDenies => "with an explicit deny in a resource-based policy",
            Self::NothingAllows => "because no policy allows it",
            Self::LakeFormation => {
                "because no policy allows it: the location is registered with Lake Formation, \
                 whose tables are read by queries"
            }
        }
    }
}

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
        let reach = (!key.is_empty()).then_some(Reach::Key(key));
        self.judge(who, action, bucket, key, headers, reach)
    }

    /// Checks a list of names: `s3:ListBucket` and its like. With the delimiter `/` a list tells
    /// of a folder that it is there, and of nothing in it.
    ///
    /// # Errors
    /// As [`Self::allowed`].
    pub fn may_list(
        &self,
        who: &Principal,
        action: &str,
        bucket: &str,
        prefix: Option<&str>,
        delimiter: Option<&str>,
    ) -> Result<(), StoreError> {
        let prefix = prefix.unwrap_or_default();
        let reach = Reach::Names { prefix, folded: delimiter == Some("/") };
        self.judge(who, action, bucket, "", None, Some(reach))
    }

    /// Checks what the SQL engine reads on somebody's behalf. In a registered location it
    /// reads as Lake Formation's role does; the bucket's policy may still keep the caller out.
    ///
    /// # Errors
    /// As [`Self::allowed`].
    pub fn may_be_queried(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
    ) -> Result<(), StoreError> {
        self.judge(who, "s3:GetObject", bucket, key, None, None)
    }

    fn judge(
        &self,
        who: &Principal,
        action: &str,
        bucket: &str,
        key: &str,
        headers: Option<&PutOptions>,
        reach: Option<Reach<'_>>,
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
        let because = match verdict {
            Verdict::Denied => Because::PolicyDenies,
            // As in AWS, a permission of S3's own goes past Lake Formation.
            Verdict::Allowed => return Ok(()),
            Verdict::Silent if who.is_admin() => return Ok(()),
            Verdict::Silent if !USERS_MAY.contains(&action) => Because::NothingAllows,
            Verdict::Silent => match reach.filter(|_| READING.contains(&action)) {
                Some(reach) if self.registrations.guards(who, bucket, reach)? => {
                    Because::LakeFormation
                }
                _ => return Ok(()),
            },
        };
        Err(StoreError::new(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: {action} on resource: \"{resource}\" {}",
                who.arn(),
                because.words()
            ),
        ))
    }
}
