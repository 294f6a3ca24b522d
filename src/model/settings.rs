//! One lake's settings, as every room reads them. `config` makes them from TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::mode::Mode;
use super::object::Role;
use super::uri::S3Uri;

/// Where the lake's services are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In AWS, or at an endpoint that speaks its protocols.
    Aws,
    /// The embedded lake in this folder.
    Local(PathBuf),
}

/// A bucket that has a role in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBucket {
    pub role: Role,
    pub name: String,
    /// Sent with every write into this bucket: an ARN, a key id or `alias/…`.
    pub kms_key: Option<String>,
    /// Where results go inside it; empty or ending in `/`.
    pub prefix: String,
}

/// Where in the lake the manifests of transfers are kept too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestPlace {
    /// In [`Self::FOLDER`] of the folder that the transfers went to.
    Beside,
    /// In this folder: its key is empty or ends in `/`.
    Under(S3Uri),
}

impl ManifestPlace {
    /// Hive, Athena and Glue pass over names that begin with an underscore: a table of the
    /// data does not read its manifests.
    pub const FOLDER: &str = "_manifests/";

    /// The folder for transfers whose destination is `folder`.
    pub fn folder(&self, folder: &S3Uri) -> S3Uri {
        match self {
            Self::Beside => folder.join(Self::FOLDER),
            Self::Under(place) => place.clone(),
        }
    }
}

/// Everything known of a lake before the first request.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name on screen.
    pub name: String,
    pub place: Place,
    /// True for the lake with generated sample data: the header says DEMO.
    pub demo: bool,
    pub profile: Option<String>,
    pub region: Option<String>,
    /// Twelve digits. Where STS answers another account, every write is refused.
    pub account_id: Option<String>,
    pub mode: Mode,
    /// The local principal to act as; `None` is the administrator. Local lakes only.
    pub principal: Option<String>,
    /// For every service.
    pub endpoint_url: Option<String>,
    /// By service (`s3`, `athena`, `glue`, `sts`, `kms`, `lakeformation`); wins over `endpoint_url`.
    pub endpoint_urls: BTreeMap<String, String>,
    pub workgroup: Option<String>,
    pub database: String,
    /// US dollars for 10^12 scanned bytes.
    pub price_per_tb_scanned: f64,
    /// `s3://…/`: where query results go.
    pub output_location: Option<String>,
    /// False: nothing leaves the lake through this program.
    pub downloads: bool,
    /// False: what is in objects is not shown.
    pub previews: bool,
    /// False: manifests of saved results have the hash of the SQL alone.
    pub sql_in_manifests: bool,
    /// Where manifests go beside this machine's data directory; `None`: nowhere else.
    pub manifests: Option<ManifestPlace>,
    pub buckets: Vec<RoleBucket>,
    /// Buckets that answer only who says that he pays for it: every read of them says so.
    pub requester_pays: BTreeSet<String>,
}

impl Settings {
    /// A lake in AWS of which nothing is configured.
    pub fn aws(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            place: Place::Aws,
            demo: false,
            profile: None,
            region: None,
            account_id: None,
            mode: Mode::default(),
            principal: None,
            endpoint_url: None,
            endpoint_urls: BTreeMap::new(),
            workgroup: None,
            database: "default".to_owned(),
            price_per_tb_scanned: 5.0,
            output_location: None,
            downloads: true,
            previews: true,
            sql_in_manifests: true,
            manifests: None,
            buckets: Vec::new(),
            requester_pays: BTreeSet::new(),
        }
    }

    /// The bucket that has this role.
    pub fn role(&self, role: Role) -> Option<&RoleBucket> {
        self.buckets.iter().find(|bucket| bucket.role == role)
    }

    /// The configured entry of the bucket of this name.
    pub fn bucket(&self, name: &str) -> Option<&RoleBucket> {
        self.buckets.iter().find(|bucket| bucket.name == name)
    }

    /// True for the bucket that approved egress leaves through: what is put there names the
    /// reference of its approval.
    pub fn wants_approval(&self, bucket: &str) -> bool {
        self.buckets.iter().any(|entry| entry.role == Role::Target && entry.name == bucket)
    }

    /// The KMS key that every write into this bucket names; `None`: no encryption header.
    pub fn kms_key(&self, bucket: &str) -> Option<&str> {
        self.bucket(bucket)?.kms_key.as_deref()
    }
}

/// `[ui]` of the configuration: how the person at the keyboard wants the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ui {
    /// One of [`Ui::THEMES`].
    pub theme: String,
    /// True: the terminal reports the mouse to us, and its own selection needs Shift.
    pub mouse: bool,
    /// The most that are drawn; nothing is drawn where nothing changed.
    pub frames_per_second: u16,
    pub clipboard: Clipboard,
    /// Ring when something long ends.
    pub bell: bool,
}

/// What a copy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// OSC 52 where the terminal is thought to know it.
    Auto,
    /// Always OSC 52.
    Osc52,
    Off,
}

impl Ui {
    pub const THEMES: [&str; 4] = ["default", "light", "dark", "mono"];
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            mouse: false,
            frames_per_second: 30,
            clipboard: Clipboard::Auto,
            bell: false,
        }
    }
}
