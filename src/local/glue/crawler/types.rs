//! A crawler's definition and what it did, on the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::local::ApiError;
use crate::local::glue::fault::invalid;
use crate::local::glue::names;
use crate::local::glue::types::or_default;
use crate::model::uri::S3Uri;

use super::glob::Glob;

/// What its owner says of a crawler.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Definition {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub targets: Targets,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_prefix: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub schema_change_policy: ChangePolicy,
    #[serde(deserialize_with = "or_default")]
    pub recrawl_policy: RecrawlPolicy,
    /// JSON in a text. Kept; `check` refuses what would change the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crawler_security_configuration: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Targets {
    #[serde(rename = "S3Targets", deserialize_with = "or_default")]
    pub s3: Vec<S3Target>,
    /// Kinds of targets that the local lake has not.
    #[serde(flatten)]
    pub others: std::collections::BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct S3Target {
    /// `s3://bucket/prefix/`.
    pub path: String,
    /// Glob patterns, relative to the path.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ChangePolicy {
    /// `UPDATE_IN_DATABASE` or `LOG`.
    pub update_behavior: String,
    /// `DEPRECATE_IN_DATABASE`, `DELETE_FROM_DATABASE` or `LOG`.
    pub delete_behavior: String,
}

impl Default for ChangePolicy {
    fn default() -> Self {
        Self {
            update_behavior: "UPDATE_IN_DATABASE".to_owned(),
            delete_behavior: "DEPRECATE_IN_DATABASE".to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RecrawlPolicy {
    pub recrawl_behavior: String,
}

impl Default for RecrawlPolicy {
    fn default() -> Self {
        Self { recrawl_behavior: "CRAWL_EVERYTHING".to_owned() }
    }
}

impl Definition {
    /// Refuses what cannot be crawled here, rather than to ignore it. `asked` is the request.
    ///
    /// # Errors
    /// InvalidInputException with the reason.
    pub fn check(&self, asked: &Value) -> Result<(), ApiError> {
        names::check("crawler", &self.name)?;
        let other = self.targets.others.iter();
        let mut other = other.filter(|(_, list)| list.as_array().is_some_and(|l| !l.is_empty()));
        if let Some((kind, _)) = other.next() {
            return Err(invalid(format!("The local lake crawls S3Targets only, not {kind}.")));
        }
        if self.targets.s3.is_empty() {
            return Err(invalid("A crawler needs one of S3Targets at least."));
        }
        if self.database_name.as_deref().unwrap_or_default().is_empty() {
            return Err(invalid("A crawler needs a DatabaseName to put its tables into."));
        }
        for target in &self.targets.s3 {
            target.place()?;
            target.globs()?;
        }
        self.check_policies()?;
        let is_set = |key: &str| match asked.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(_) => true,
        };
        if is_set("Schedule") {
            return Err(invalid("The local lake has no schedules; leave Schedule out."));
        }
        if is_set("Classifiers") {
            return Err(invalid(
                "The local lake has no custom classifiers; leave Classifiers out.",
            ));
        }
        Ok(())
    }

    fn check_policies(&self) -> Result<(), ApiError> {
        let one_of = |what: &str, value: &str, known: &[&str]| {
            if known.contains(&value) {
                return Ok(());
            }
            Err(invalid(format!("{what} {value} is not one of {}.", known.join(", "))))
        };
        let policy = &self.schema_change_policy;
        one_of("UpdateBehavior", &policy.update_behavior, &["UPDATE_IN_DATABASE", "LOG"])?;
        let deletes = ["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"];
        one_of("DeleteBehavior", &policy.delete_behavior, &deletes)?;
        let recrawl = &self.recrawl_policy.recrawl_behavior;
        one_of("In a local lake, RecrawlBehavior", recrawl, &["CRAWL_EVERYTHING"])?;
        let configuration: Value = match self.configuration.as_deref().map(str::trim) {
            None | Some("") => return Ok(()),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| invalid("The crawler's Configuration is not JSON."))?,
        };
        if configuration.get("Grouping").is_some() || configuration.get("CrawlerOutput").is_some() {
            let text = "The local lake knows neither Grouping nor CrawlerOutput in a crawler's Configuration.";
            return Err(invalid(text));
        }
        Ok(())
    }
}

impl S3Target {
    /// Bucket and prefix; the prefix is empty or ends in `/`.
    ///
    /// # Errors
    /// InvalidInputException where the path is no S3 URI.
    pub fn place(&self) -> Result<(String, String), ApiError> {
        let uri: S3Uri = self
            .path
            .parse()
            .map_err(|why| invalid(format!("{} is no target: {why}", self.path)))?;
        let mut prefix = uri.key;
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok((uri.bucket, prefix))
    }

    /// # Errors
    /// InvalidInputException that names the pattern.
    pub fn globs(&self) -> Result<Vec<Glob>, ApiError> {
        let one = |pattern: &String| {
            Glob::new(pattern).map_err(|why| invalid(format!("The exclusion {why}.")))
        };
        self.exclusions.iter().map(one).collect()
    }
}

/// What one crawl changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    pub tables_added: Vec<String>,
    pub tables_updated: Vec<String>,
    pub tables_deleted: Vec<String>,
    pub partitions_added: Vec<String>,
    pub partitions_updated: Vec<String>,
    pub partitions_deleted: Vec<String>,
}

impl Changes {
    /// `Summary` of ListCrawls: JSON in a text, in Glue's shape.
    pub fn summary(&self) -> String {
        let kind = |groups: [(&str, &Vec<String>); 3]| {
            let changed = groups.into_iter().filter(|(_, names)| !names.is_empty());
            let one = |(what, names): (&str, &Vec<String>)| {
                let value = serde_json::json!({"Details": {"names": names}, "Count": names.len()});
                (what.to_owned(), value)
            };
            changed.map(one).collect::<serde_json::Map<_, _>>()
        };
        let tables = kind([
            ("ADD", &self.tables_added),
            ("UPDATE", &self.tables_updated),
            ("DELETE", &self.tables_deleted),
        ]);
        let partitions = kind([
            ("ADD", &self.partitions_added),
            ("UPDATE", &self.partitions_updated),
            ("DELETE", &self.partitions_deleted),
        ]);
        let mut summary = serde_json::Map::new();
        for (name, kinds) in [("TABLE", tables), ("PARTITION", partitions)] {
            if !kinds.is_empty() {
                summary.insert(name.to_owned(), kinds.into());
            }
        }
        Value::Object(summary).to_string()
    }
}
