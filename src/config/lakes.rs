//! `[lakes.NAME]` → [`Settings`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::mode::Mode;
use crate::model::object::Role;
use crate::model::settings::{ManifestPlace, Place, RoleBucket, Settings};
use crate::model::uri::S3Uri;

use super::ConfigError;
use super::keys;
use super::read::Section;

pub(super) fn read_all(top: &Section<'_>) -> Result<BTreeMap<String, Settings>, ConfigError> {
    let Some(lakes) = top.section("lakes", None)? else { return Ok(BTreeMap::new()) };
    let mut all = BTreeMap::new();
    for name in lakes.names() {
        if let Some(lake) = lakes.section(name, Some(keys::LAKE))? {
            all.insert(name.to_owned(), read_lake(name, &lake)?);
        }
    }
    Ok(all)
}

fn read_lake(name: &str, lake: &Section<'_>) -> Result<Settings, ConfigError> {
    let default = Settings::aws(name);
    Ok(Settings {
        place: read_place(lake)?,
        profile: lake.text("profile")?,
        region: lake.text("region")?,
        account_id: read_account(lake)?,
        mode: read_mode(lake)?.unwrap_or_default(),
        endpoint_url: read_url(lake, "endpoint_url")?,
        endpoint_urls: read_endpoints(lake)?,
        workgroup: lake.text("workgroup")?,
        database: lake.text("database")?.unwrap_or(default.database),
        price_per_tb_scanned: read_price(lake)?.unwrap_or(default.price_per_tb_scanned),
        output_location: read_output(lake)?,
        downloads: lake.flag("downloads")?.unwrap_or(default.downloads),
        previews: lake.flag("previews")?.unwrap_or(default.previews),
        sql_in_manifests: lake.flag("sql_in_manifests")?.unwrap_or(default.sql_in_manifests),
        manifests: read_manifests(lake)?,
        buckets: read_buckets(lake)?,
        requester_pays: read_requester_pays(lake)?,
        ..Settings::aws(name)
    })
}

fn read_place(lake: &Section<'_>) -> Result<Place, ConfigError> {
    let Some(folder) = lake.text("local")? else { return Ok(Place::Aws) };
    if let Some(key) = keys::LAKE_IN_AWS.iter().find(|key| lake.has(key)) {
        let hint = Some("take it out, or take `local` out".to_owned());
        return Err(lake.wrong(key, "a local lake has none".to_owned(), hint));
    }
    expand_home(&folder).map(Place::Local).ok_or_else(|| {
        let why = format!("{folder:?}: the home directory is not known");
        lake.wrong("local", why, Some("set HOME or write the whole path".to_owned()))
    })
}

fn read_account(lake: &Section<'_>) -> Result<Option<String>, ConfigError> {
    let Some(account) = lake.text("account_id")? else { return Ok(None) };
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(account));
    }
    Err(lake.wrong("account_id", format!("{account:?} is not twelve digits"), None))
}

fn read_mode(lake: &Section<'_>) -> Result<Option<Mode>, ConfigError> {
    let Some(text) = lake.text("mode")? else { return Ok(None) };
    text.parse().map(Some).map_err(|why| lake.wrong("mode", why, None))
}

fn read_url(section: &Section<'_>, key: &str) -> Result<Option<String>, ConfigError> {
    let Some(url) = section.text(key)? else { return Ok(None) };
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(Some(url)),
        _ => {
            let why = format!("{url:?} is not a URL");
            Err(section.wrong(key, why, Some("it begins with http:// or https://".to_owned())))
        }
    }
}

fn read_endpoints(lake: &Section<'_>) -> Result<BTreeMap<String, String>, ConfigError> {
    let Some(urls) = lake.section("endpoint_urls", Some(keys::SERVICES))? else {
        return Ok(BTreeMap::new());
    };
    let mut all = BTreeMap::new();
    for service in urls.names() {
        if let Some(url) = read_url(&urls, service)? {
            all.insert(service.to_owned(), url);
        }
    }
    Ok(all)
}

fn read_price(lake: &Section<'_>) -> Result<Option<f64>, ConfigError> {
    let Some(price) = lake.number("price_per_tb_scanned")? else { return Ok(None) };
    if price < 0.0 {
        return Err(lake.wrong("price_per_tb_scanned", "a price is not negative".into(), None));
    }
    Ok(Some(price))
}

fn read_output(lake: &Section<'_>) -> Result<Option<String>, ConfigError> {
    let Some(location) = lake.text("output_location")? else { return Ok(None) };
    let uri: S3Uri = location
        .parse()
        .map_err(|error| lake.wrong("output_location", format!("{error}"), None))?;
    Ok(Some(format!("s3://{}/{}", uri.bucket, folder(&uri.key))))
}

fn read_manifests(lake: &Section<'_>) -> Result<Option<ManifestPlace>, ConfigError> {
    let Some(text) = lake.text("manifests")? else { return Ok(None) };
    if text == "beside" {
        return Ok(Some(ManifestPlace::Beside));
    }
    let uri: S3Uri = text.parse().map_err(|_| {
        let why = format!("{text:?} is neither \"beside\" nor a folder in S3");
        lake.wrong("manifests", why, Some("such as s3://bucket/manifests/".to_owned()))
    })?;
    Ok(Some(ManifestPlace::Under(S3Uri::new(uri.bucket, folder(&uri.key)))))
}

fn read_buckets(lake: &Section<'_>) -> Result<Vec<RoleBucket>, ConfigError> {
    let Some(roles) = lake.section("buckets", Some(keys::ROLES))? else { return Ok(Vec::new()) };
    let mut buckets: Vec<RoleBucket> = Vec::new();
    for role in Role::ALL {
        let Some(entry) = roles.section(role.name(), Some(keys::BUCKET))? else { continue };
        let Some(name) = entry.text("name")? else {
            let why = "it names no bucket".to_owned();
            return Err(roles.wrong(role.name(), why, Some("set name".to_owned())));
        };
        if name.contains('/') {
            let hint = Some("the name only; a folder goes into prefix".to_owned());
            return Err(entry.wrong("name", format!("{name:?} is not a bucket's name"), hint));
        }
        if let Some(other) = buckets.iter().find(|bucket| bucket.name == name) {
            let why = format!("{name:?} is already the {} bucket", other.role);
            return Err(entry.wrong("name", why, None));
        }
        let kms_key = entry.text("kms_key")?;
        let prefix = folder(&entry.text_or_empty("prefix")?.unwrap_or_default());
        buckets.push(RoleBucket { role, name, kms_key, prefix });
    }
    Ok(buckets)
}

/// Those of the lake's own buckets that say so, and others by their names.
fn read_requester_pays(lake: &Section<'_>) -> Result<BTreeSet<String>, ConfigError> {
    let mut paid: BTreeSet<String> = lake.texts("requester_pays")?.into_iter().collect();
    let Some(roles) = lake.section("buckets", Some(keys::ROLES))? else { return Ok(paid) };
    for role in Role::ALL {
        let Some(entry) = roles.section(role.name(), Some(keys::BUCKET))? else { continue };
        if entry.flag("requester_pays")?.unwrap_or_default() {
            paid.extend(entry.text("name")?);
        }
    }
    Ok(paid)
}

/// A prefix as the program keeps it: empty, or without a leading and with a trailing slash.
fn folder(prefix: &str) -> String {
    let inner = prefix.trim_matches('/');
    if inner.is_empty() { String::new() } else { format!("{inner}/") }
}

/// `~` and `~/…` under the home directory; `None` where that is not known.
pub fn expand_home(path: &str) -> Option<PathBuf> {
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let home = directories::BaseDirs::new()?;
            Some(home.home_dir().join(rest.trim_start_matches('/')))
        }
        _ => Some(Path::new(path).to_owned()),
    }
}
