//! The demo's names: buckets, keys, the database.

use std::path::Path;

use crate::local::principal::{ACCOUNT, REGION};
use crate::model::mode::Mode;
use crate::model::object::Role;
use crate::model::settings::{Place, RoleBucket, Settings};

/// Data sets come in here.
pub const SOURCE: &str = "tredatalake1-tresourcebucket-demo01";
/// Approved egress leaves from here.
pub const TARGET: &str = "tredatalake1-tretargetbucket-demo01";
/// Results go here.
pub const ANALYST: &str = "tredatalake1-treanalystbucket-demo01";

pub const DATABASE: &str = "genomics";

/// The role that Lake Formation reads and writes with in the locations registered there.
pub(super) const LOCATION_ROLE: &str = "TRELakeFormationRole";

/// A bucket with its role: name, the alias of its KMS key, where results go inside it.
const BUCKETS: [(Role, &str, &str, &str); 3] = [
    (Role::Source, SOURCE, "alias/TRESourceBucketKey", ""),
    (Role::Target, TARGET, "alias/TRETargetBucketKey", "approved_egress/"),
    (Role::Analyst, ANALYST, "alias/TREAnalystBucketKey", "results/"),
];

/// The demo's buckets with their roles and keys.
pub fn buckets() -> Vec<RoleBucket> {
    let bucket = |(role, name, key, prefix): &(Role, &str, &str, &str)| RoleBucket {
        role: *role,
        name: (*name).to_owned(),
        kms_key: Some((*key).to_owned()),
        prefix: (*prefix).to_owned(),
    };
    BUCKETS.iter().map(bucket).collect()
}

/// The lake that `--demo` opens in this folder.
pub fn settings(dir: &Path) -> Settings {
    Settings {
        place: Place::Local(dir.to_owned()),
        demo: true,
        region: Some(REGION.to_owned()),
        account_id: Some(ACCOUNT.to_owned()),
        mode: Mode::Admin,
        workgroup: Some("primary".to_owned()),
        database: DATABASE.to_owned(),
        buckets: buckets(),
        ..Settings::aws("demo")
    }
}

/// Every bucket with its KMS key.
pub(super) fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUCKETS.iter().map(|(_, name, key, _)| (*name, *key))
}

/// The KMS key of one of the buckets.
pub(super) fn key_of(bucket: &str) -> Option<&'static str> {
    keys().find(|(name, _)| *name == bucket).map(|(_, key)| key)
}
