//! Jobs and their runs, on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::local::ApiError;
use crate::local::glue::fault::invalid;
use crate::local::glue::names;
use crate::local::glue::types::or_default;

/// `--name` → value.
pub type Arguments = BTreeMap<String, String>;

/// What its owner says of a job. What the local lake has no use for is kept as it came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Definition {
    pub name: String,
    pub role: String,
    pub command: Command,
    #[serde(deserialize_with = "or_default")]
    pub default_arguments: Arguments,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub non_overridable_arguments: Arguments,
    #[serde(deserialize_with = "or_default")]
    pub execution_property: ExecutionProperty,
    /// How often a failed run is tried again.
    #[serde(deserialize_with = "or_default")]
    pub max_retries: u32,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Command {
    /// `glueetl`, `pythonshell`, …: what it would be in AWS; here the script decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub script_location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ExecutionProperty {
    pub max_concurrent_runs: u32,
}

impl Default for ExecutionProperty {
    fn default() -> Self {
        Self { max_concurrent_runs: 1 }
    }
}

impl Definition {
    /// # Errors
    /// InvalidInputException with the reason.
    pub fn check(&self) -> Result<(), ApiError> {
        names::check("job", &self.name)?;
        if self.command.script_location.is_empty() {
            return Err(invalid("A job needs Command.ScriptLocation: s3://bucket/script.sql."));
        }
        if self.execution_property.max_concurrent_runs == 0 {
            return Err(invalid("MaxConcurrentRuns must be 1 or more."));
        }
        let all = self.default_arguments.keys().chain(self.non_overridable_arguments.keys());
        check_names(all)
    }

    /// What a run is given: the defaults, over them the run's own, over all what cannot be
    /// overridden.
    ///
    /// # Errors
    /// InvalidInputException where a run would override such.
    pub fn effective(&self, given: &Arguments) -> Result<Arguments, ApiError> {
        check_names(given.keys())?;
        if let Some(name) =
            given.keys().find(|name| self.non_overridable_arguments.contains_key(*name))
        {
            return Err(invalid(format!("The job does not let a run override {name}.")));
        }
        let mut all = self.default_arguments.clone();
        all.extend(given.clone());
        all.extend(self.non_overridable_arguments.clone());
        Ok(all)
    }
}

fn check_names<'a>(mut names: impl Iterator<Item = &'a String>) -> Result<(), ApiError> {
    match names.find(|name| !name.starts_with("--") || name.len() < 3) {
        Some(name) => Err(invalid(format!("The argument {name} must begin with --."))),
        None => Ok(()),
    }
}

/// One run, as GetJobRun answers it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Run {
    pub id: String,
    /// From 0.
    pub attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_run_id: Option<String>,
    pub job_name: String,
    /// `SCRIPT`.
    pub job_mode: String,
    /// Epoch seconds.
    pub started_on: f64,
    pub last_modified_on: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_on: Option<f64>,
    pub job_run_state: String,
    /// Those given at its start; the job's defaults are under them.
    pub arguments: Arguments,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    pub predecessor_runs: Vec<Value>,
    /// Whole seconds.
    pub execution_time: u64,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    pub log_group_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glue_version: Option<String>,
}

impl Run {
    /// Whether it will not change any more.
    pub fn is_over(&self) -> bool {
        is_over(&self.job_run_state)
    }
}

pub fn is_over(state: &str) -> bool {
    matches!(state, "SUCCEEDED" | "FAILED" | "STOPPED" | "TIMEOUT" | "ERROR" | "EXPIRED")
}
