//! The keys that each table of the configuration accepts. Reading, the hint for a misspelt
//! key and the test of `config.example.toml` all go by these lists.

/// The top of the file.
pub const TOP: &[&str] = &["default_lake", "ui", "keys", "lakes"];

/// `[ui]`
pub const UI: &[&str] = &["theme", "mouse", "frames_per_second", "clipboard", "bell"];

/// `[lakes.NAME]`
pub const LAKE: &[&str] = &[
    "local",
    "profile",
    "region",
    "account_id",
    "mode",
    "endpoint_url",
    "endpoint_urls",
    "workgroup",
    "database",
    "price_per_tb_scanned",
    "output_location",
    "downloads",
    "previews",
    "sql_in_manifests",
    "manifests",
    "requester_pays",
    "buckets",
];

/// Those of [`LAKE`] that mean nothing beside `local`.
pub const LAKE_IN_AWS: &[&str] =
    &["profile", "region", "account_id", "endpoint_url", "endpoint_urls"];

/// `[lakes.NAME.endpoint_urls]`: the services that this program calls.
pub const SERVICES: &[&str] = &["s3", "athena", "glue", "sts", "kms", "lakeformation"];

/// `[lakes.NAME.buckets]`: the roles.
pub const ROLES: &[&str] = &["source", "target", "analyst"];

/// `[lakes.NAME.buckets.ROLE]`
pub const BUCKET: &[&str] = &["name", "kms_key", "prefix", "requester_pays"];
