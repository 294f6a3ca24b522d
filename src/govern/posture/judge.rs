//! From what the calls answered to findings. Pure.

use jiff::{SignedDuration, Timestamp};

use super::policy::{Denied, Header, On, Policy, Request};
use crate::model::bucket::{
    DefaultEncryption, LifecycleRule, Logging, PublicBlock, Registration, Scope, Versioning,
};
use crate::model::kms;
use crate::model::object::Role;
use crate::model::posture::{Check, Finding};
use crate::model::trouble::Trouble;
use crate::model::words::{bytes, plural, span, time};

/// Access logs come within hours; none for so long is worth a word.
const QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);

type Asked<T> = Result<T, Trouble>;

fn dsse(encryption: &DefaultEncryption) -> bool {
    encryption.algorithm == "aws:kms:dsse"
}

fn by_kms(encryption: &DefaultEncryption) -> bool {
    encryption.algorithm == "aws:kms" || dsse(encryption)
}

/// Default encryption.
pub fn encryption(asked: &Asked<Option<DefaultEncryption>>) -> Finding {
    const CHECK: Check = Check::Encryption;
    const TODO: &str = "set default encryption to aws:kms with the bucket's own key";
    match asked {
        Err(trouble) => Finding::unknown(CHECK, trouble),
        Ok(None) => Finding::fail(CHECK, "no default encryption is set", TODO),
        Ok(Some(set)) if by_kms(set) => {
            Finding::pass(CHECK, format!("{} by default", set.algorithm))
        }
        Ok(Some(set)) => {
            Finding::fail(CHECK, format!("{} by default, not KMS", set.algorithm), TODO)
        }
    }
}

/// The ARNs of the configured key and of the one that is set, as KMS tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub wanted: String,
    pub set: String,
}

/// Which key. `configured` is the one of the configuration; `keys` is asked for where both are
/// known and differ by their names.
pub fn key(
    asked: &Asked<Option<DefaultEncryption>>,
    configured: Option<&str>,
    keys: Option<&Asked<Keys>>,
) -> Finding {
    const CHECK: Check = Check::Key;
    let set = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(set) => set.as_ref().filter(|set| by_kms(set)),
    };
    let use_it = || match configured {
        Some(key) => format!("set {key} as the key of the default encryption"),
        None => "give the bucket a KMS key of its own".to_owned(),
    };
    let Some(set) = set else {
        return Finding::fail(CHECK, "no KMS key encrypts by default", use_it());
    };
    let Some(name) = &set.kms_key else {
        return Finding::fail(CHECK, "the key is aws/s3, which all of the account share", use_it());
    };
    let Some(configured) = configured else {
        let todo = "set kms_key for this bucket in the configuration, so that it can be compared";
        return Finding::warn(CHECK, format!("{name}; no key is configured"), todo);
    };
    if kms::are_same(name, configured) {
        return Finding::pass(CHECK, format!("{configured}, as configured"));
    }
    match keys {
        Some(Ok(keys)) if kms::are_same(&keys.wanted, &keys.set) => {
            Finding::pass(CHECK, format!("{configured}, as configured ({})", keys.set))
        }
        Some(Err(trouble)) => Finding::unknown(CHECK, trouble),
        _ => Finding::fail(CHECK, format!("{name}, not {configured}"), use_it()),
    }
}

/// Bucket key.
pub fn bucket_key(asked: &Asked<Option<DefaultEncryption>>) -> Finding {
    const CHECK: Check = Check::BucketKey;
    match asked {
        Err(trouble) => Finding::unknown(CHECK, trouble),
        Ok(Some(set)) if dsse(set) => {
            Finding::pass(CHECK, "off: encryption in two layers has no bucket keys")
        }
        Ok(Some(set)) if by_kms(set) && set.bucket_key => Finding::pass(CHECK, "on"),
        Ok(Some(set)) if by_kms(set) => {
            let todo = "switch the bucket key on: without it every object costs a request to KMS";
            Finding::fail(CHECK, "off", todo)
        }
        Ok(_) => Finding::fail(
            CHECK,
            "off, since KMS does not encrypt by default",
            "set default encryption to aws:kms, with a bucket key",
        ),
    }
}

/// Block on public access, the bucket's own.
pub fn public_access(asked: &Asked<Option<PublicBlock>>) -> Finding {
    const CHECK: Check = Check::PublicAccess;
    const TODO: &str = "switch all four blocks on";
    let block = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(None) => return Finding::fail(CHECK, "the bucket blocks no public access", TODO),
        Ok(Some(block)) => block,
    };
    let all = [
        (block.block_acls, "BlockPublicAcls"),
        (block.ignore_acls, "IgnorePublicAcls"),
        (block.block_policy, "BlockPublicPolicy"),
        (block.restrict, "RestrictPublicBuckets"),
    ];
    let off: Vec<&str> = all.iter().filter(|(on, _)| !on).map(|(_, name)| *name).collect();
    match off.is_empty() {
        true => Finding::pass(CHECK, "all four blocks are on"),
        false => Finding::fail(CHECK, format!("off: {}", off.join(", ")), TODO),
    }
}

/// Versions.
pub fn versioning(asked: &Asked<Versioning>) -> Finding {
    const CHECK: Check = Check::Versioning;
    const TODO: &str = "switch versioning on: what is overwritten or deleted can then be had back";
    match asked {
        Err(trouble) => Finding::unknown(CHECK, trouble),
        Ok(Versioning::Enabled) => Finding::pass(CHECK, "versions are kept"),
        Ok(Versioning::Suspended) => Finding::fail(CHECK, "suspended", TODO),
        Ok(Versioning::Off) => Finding::fail(CHECK, "off", TODO),
    }
}

/// Both things that the policy is there for.
pub fn policy(asked: &Asked<Option<String>>, bucket: &str) -> [Finding; 2] {
    let checks = [Check::EncryptedWrites, Check::TlsOnly];
    let policy = match asked {
        Err(trouble) => return checks.map(|check| Finding::unknown(check, trouble)),
        Ok(None) => {
            return checks
                .map(|check| Finding::fail(check, "there is no bucket policy", todo(check)));
        }
        Ok(Some(json)) => Policy::parse(json),
    };
    match policy {
        Ok(policy) => [encrypted_writes(&policy, bucket), tls_only(&policy, bucket)],
        Err(why) => checks.map(|check| {
            let found = format!("the bucket policy is not understood: {why}");
            Finding::undecided(check, found, "look at the policy")
        }),
    }
}

fn todo(check: Check) -> &'static str {
    match check {
        Check::TlsOnly => {
            "add a statement that denies s3:* on the bucket and its objects to everybody where \
             aws:SecureTransport is false"
        }
        _ => {
            "add a statement that denies s3:PutObject to everybody where \
             s3:x-amz-server-side-encryption is not aws:kms"
        }
    }
}

fn encrypted_writes(policy: &Policy, bucket: &str) -> Finding {
    let put =
        |encryption| Request { action: "s3:PutObject", on: On::Objects, secure: true, encryption };
    let tries = [
        (put(Header::Absent), "a write that asks for no encryption"),
        (put(Header::Is("AES256")), "a write that asks for AES256"),
    ];
    let done = "a write that does not ask for aws:kms is denied";
    told(Check::EncryptedWrites, policy, bucket, &tries, done)
}

fn tls_only(policy: &Policy, bucket: &str) -> Finding {
    let open = |action, on| Request { action, on, secure: false, encryption: Header::Any };
    let tries = [
        (open("s3:GetObject", On::Objects), "s3:GetObject over a line without TLS"),
        (open("s3:PutObject", On::Objects), "s3:PutObject over a line without TLS"),
        (open("s3:DeleteObject", On::Objects), "s3:DeleteObject over a line without TLS"),
        (open("s3:ListBucket", On::Bucket), "s3:ListBucket over a line without TLS"),
    ];
    told(Check::TlsOnly, policy, bucket, &tries, "requests without TLS are denied")
}

/// The request that is denied least decides.
fn told(
    check: Check,
    policy: &Policy,
    bucket: &str,
    tries: &[(Request, &str)],
    done: &str,
) -> Finding {
    let worst = tries
        .iter()
        .map(|(request, what)| (policy.denies(request, bucket), *what))
        .min_by(|one, other| one.0.cmp(&other.0));
    match worst {
        Some((Denied::No, what)) => {
            Finding::fail(check, format!("{what} is not denied"), todo(check))
        }
        Some((Denied::ToSome, what)) => {
            let found = format!("{what} is denied to some principals, not to everybody");
            Finding::fail(check, found, todo(check))
        }
        Some((Denied::Perhaps(on), what)) => {
            let found = format!("whether {what} is denied depends on {on}");
            Finding::undecided(check, found, "see in the policy who or what is excepted")
        }
        Some((Denied::Always, _)) | None => Finding::pass(check, done),
    }
}

/// Access logs, and the newest of them. `newest` is asked for where there is a target.
pub fn access_logs(
    asked: &Asked<Option<Logging>>,
    newest: Option<&Asked<Option<Timestamp>>>,
    now: Timestamp,
) -> Finding {
    const CHECK: Check = Check::AccessLogs;
    let to = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(None) => {
            let todo = "switch server access logging on, to a bucket that is kept for it";
            return Finding::fail(CHECK, "no access log is written", todo);
        }
        Ok(Some(to)) => format!("s3://{}/{}", to.bucket, to.prefix),
    };
    let look = "logs may take hours; see whether the target's policy lets \
                logging.s3.amazonaws.com write there";
    match newest {
        None | Some(Ok(None)) => {
            Finding::warn(CHECK, format!("to {to}, where no log object of the last year is"), look)
        }
        Some(Err(trouble)) => Finding::unknown(CHECK, trouble),
        Some(Ok(Some(at))) if now.duration_since(*at) > QUIET => {
            Finding::warn(CHECK, format!("to {to}, the newest of {} UTC", time(*at)), look)
        }
        Some(Ok(Some(at))) => {
            Finding::pass(CHECK, format!("to {to}, the newest of {} UTC", time(*at)))
        }
    }
}

/// Lifecycle of uploads that nobody completes.
pub fn abort_rule(asked: &Asked<Vec<LifecycleRule>>) -> Finding {
    const CHECK: Check = Check::AbortRule;
    const TODO: &str =
        "add a lifecycle rule for the whole bucket with AbortIncompleteMultipartUpload, 7 days say";
    let rules = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(rules) => rules,
    };
    let aborting = || rules.iter().filter_map(|rule| Some((rule, rule.abort_after?)));
    let whole = |(rule, _): &(&LifecycleRule, i32)| rule.enabled && rule.scope == Scope::Whole;
    if let Some((_, days)) = aborting().filter(whole).min_by_key(|(_, days)| *days) {
        let days = plural(u64::try_from(days).unwrap_or_default(), "day");
        return Finding::pass(CHECK, format!("unfinished uploads are aborted after {days}"));
    }
    let found = match aborting().next() {
        None => "no lifecycle rule aborts unfinished uploads".to_owned(),
        Some((rule, _)) if !rule.enabled => format!("the rule {} is switched off", rule.id),
        Some((rule, _)) => match &rule.scope {
            Scope::Prefix(prefix) => format!("the rule {} is about {prefix} only", rule.id),
            _ => format!("the rule {} is about a part of the bucket only", rule.id),
        },
    };
    Finding::fail(CHECK, found, TODO)
}

/// The unfinished uploads of a bucket that no transfer of this machine is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    /// Begun more than a day ago.
    pub old: u64,
    /// Begun since: they may be under way elsewhere.
    pub young: u64,
    /// What the old ones hold.
    pub bytes: u64,
    /// False where some could not be measured.
    pub measured: bool,
    pub oldest: Option<Timestamp>,
}

/// Uploads that nobody completed.
pub fn strays(asked: &Asked<Left>, now: Timestamp) -> Finding {
    const CHECK: Check = Check::Strays;
    let left = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(left) => left,
    };
    let young = match left.young {
        0 => String::new(),
        some => format!("; {} begun within a day may be under way", plural(some, "upload")),
    };
    if left.old == 0 {
        return Finding::pass(CHECK, format!("none is older than a day{young}"));
    }
    let least = if left.measured { "" } else { "at least " };
    let age = left.oldest.map(|then| now.duration_since(then).unsigned_abs());
    let age = age.map_or(String::new(), |age| format!(", the oldest begun {} ago", span(age)));
    let found = format!(
        "{} of {least}{}{age}{young}",
        plural(left.old, "unfinished upload"),
        bytes(left.bytes)
    );
    let todo = "abort them, or go on with them: s in the Transfers pane shows each";
    Finding::fail(CHECK, found, todo)
}

/// What Lake Formation has of the bucket. `all` is false where the whole bucket was looked up
/// and nobody may list what else is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub found: Vec<Registration>,
    pub all: bool,
}

/// Registration with Lake Formation.
pub fn registration(asked: &Asked<Registered>, role: Option<Role>, bucket: &str) -> Finding {
    const CHECK: Check = Check::LakeFormation;
    let Registered { found, all } = match asked {
        Err(trouble) => return Finding::unknown(CHECK, trouble),
        Ok(registered) => registered,
    };
    let whole = found.iter().find(|one| one.within(bucket) == Some(""));
    let wanted = matches!(role, Some(Role::Source | Role::Target));
    let Some(at) = whole.or(found.first()) else {
        return match (role, all) {
            (Some(Role::Source | Role::Target), _) => {
                let todo = "register the bucket with a role of its own";
                Finding::fail(CHECK, "not registered", todo)
            }
            (_, false) => Finding::undecided(
                CHECK,
                "the bucket as a whole is not registered; folders of it may be",
                "it needs lakeformation:ListResources",
            ),
            _ => Finding::pass(CHECK, "not registered"),
        };
    };
    let told = told_registration(at, found.len());
    match role {
        Some(Role::Analyst) => Finding::fail(
            CHECK,
            told,
            "deregister it: results are read as S3 permits, without Lake Formation's grants",
        ),
        _ if wanted && whole.is_none() => {
            Finding::fail(CHECK, format!("{told}; not the whole bucket"), "register the bucket")
        }
        _ if wanted && at.has_service_linked_role() => Finding::warn(
            CHECK,
            told,
            "register it with a role of its own, whose permissions you see and can narrow",
        ),
        _ => Finding::pass(CHECK, told),
    }
}

fn told_registration(at: &Registration, count: usize) -> String {
    let role = match &at.role {
        Some(_) if at.has_service_linked_role() => "the service-linked role".to_owned(),
        Some(role) => role.clone(),
        None => "a role that is not told".to_owned(),
    };
    let hybrid = if at.hybrid { ", in hybrid access mode" } else { "" };
    let more = match count {
        0 | 1 => String::new(),
        more => format!(", and {} more", more - 1),
    };
    format!("{} is registered under {role}{hybrid}{more}", at.arn)
}

#[cfg(test)]
mod tests;
