//! Workgroups.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Athena;
use super::fault::{denied, internal, invalid, required, text};
use super::lists::page;
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::principal::Principal;
use crate::local::state::State;

/// The least BytesScannedCutoffPerQuery that Athena takes.
const LEAST_CUTOFF: u64 = 10_000_000;

/// A workgroup, in the shape of the API.
#[derive(Debug, Clone)]
pub struct Workgroup(Value);

impl Workgroup {
    pub fn name(&self) -> &str {
        self.0["Name"].as_str().unwrap_or("primary")
    }

    pub fn is_enabled(&self) -> bool {
        self.0["State"] != "DISABLED"
    }

    pub fn engine_version(&self) -> Value {
        engine_version()
    }

    /// Bytes past which a query fails.
    pub fn cutoff(&self) -> Option<u64> {
        self.0["Configuration"]["BytesScannedCutoffPerQuery"].as_u64()
    }

    /// ResultConfiguration as it holds: the workgroup's where it enforces it, else the
    /// client's, with the workgroup's location where the client names none.
    pub fn effective(&self, client: Option<&Value>) -> Value {
        let own = self.0["Configuration"]["ResultConfiguration"].clone();
        let own = if own.is_object() { own } else { json!({}) };
        let enforced = self.0["Configuration"]["EnforceWorkGroupConfiguration"] == json!(true);
        let client = client.cloned().filter(Value::is_object);
        match client {
            Some(client) if !enforced && text(&client, "OutputLocation").is_some() => client,
            Some(client) if !enforced => {
                let mut both = own;
                for (key, value) in client.as_object().into_iter().flatten() {
                    both[key] = value.clone();
                }
                both
            }
            _ => own,
        }
    }
}

fn engine_version() -> Value {
    json!({ "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3" })
}

fn fresh(name: &str, description: &str, configuration: Value) -> Value {
    json!({
        "Name": name,
        "State": "ENABLED",
        "Description": description,
        "Configuration": configuration,
        "CreationTime": now(),
    })
}

fn configuration(given: &Value, enforced: bool) -> Value {
    let mut made = json!({
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": enforced,
        "PublishCloudWatchMetricsEnabled": false,
        "RequesterPaysEnabled": false,
        "EngineVersion": engine_version(),
    });
    for (key, value) in given.as_object().into_iter().flatten() {
        if key != "EngineVersion" {
            made[key] = value.clone();
        }
    }
    made
}

fn check_cutoff(configuration: &Value) -> Result<(), ApiError> {
    match configuration["BytesScannedCutoffPerQuery"].as_u64() {
        Some(n) if n < LEAST_CUTOFF => {
            Err(invalid(format!("BytesScannedCutoffPerQuery must be at least {LEAST_CUTOFF}")))
        }
        _ => Ok(()),
    }
}

/// Every account has the workgroup `primary`, which enforces nothing.
pub fn make_primary(state: &State) -> Result<(), ApiError> {
    let body = fresh("primary", "", configuration(&json!({}), false));
    state
        .with(|db| {
            db.execute(
                "INSERT OR IGNORE INTO athena_workgroups (name, body) VALUES ('primary', ?1)",
                [body.to_string()],
            )
        })
        .map(drop)
        .map_err(internal)
}

impl Athena {
    pub(super) fn workgroup(&self, name: &str) -> Result<Workgroup, ApiError> {
        let sql = "SELECT body FROM athena_workgroups WHERE name = ?1";
        let body: Option<String> = self
            .inner
            .state
            .with(|db| db.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional())
            .map_err(internal)?;
        let body = body.ok_or_else(|| invalid(format!("WorkGroup {name} is not found.")))?;
        Ok(Workgroup(serde_json::from_str(&body).map_err(internal)?))
    }

    pub(super) fn get_workgroup(&self, input: &Value) -> Result<Value, ApiError> {
        Ok(json!({ "WorkGroup": self.workgroup(required(input, "WorkGroup")?)?.0 }))
    }

    pub(super) fn create_workgroup(
        &self,
        who: &Principal,
        input: &Value,
    ) -> Result<Value, ApiError> {
        only_admin(who, "CreateWorkGroup")?;
        let name = required(input, "Name")?;
        let fits = name.len() <= 128
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !fits {
            return Err(invalid(format!("WorkGroup name {name} is not valid")));
        }
        let configuration = configuration(&input["Configuration"], true);
        check_cutoff(&configuration)?;
        let body = fresh(name, text(input, "Description").unwrap_or_default(), configuration);
        let made = self
            .inner
            .state
            .with(|db| {
                db.execute(
                    "INSERT OR IGNORE INTO athena_workgroups (name, body) VALUES (?1, ?2)",
                    params![name, body.to_string()],
                )
            })
            .map_err(internal)?;
        if made == 0 { Err(invalid("WorkGroup is already created")) } else { Ok(json!({})) }
    }

    pub(super) fn update_workgroup(
        &self,
        who: &Principal,
        input: &Value,
    ) -> Result<Value, ApiError> {
        only_admin(who, "UpdateWorkGroup")?;
        let name = required(input, "WorkGroup")?;
        let Workgroup(mut body) = self.workgroup(name)?;
        for key in ["Description", "State"] {
            if let Some(value) = text(input, key) {
                body[key] = json!(value);
            }
        }
        for (key, value) in input["ConfigurationUpdates"].as_object().into_iter().flatten() {
            let own = &mut body["Configuration"];
            match key.as_str() {
                "ResultConfigurationUpdates" => {
                    update_results(&mut own["ResultConfiguration"], value)
                }
                "RemoveBytesScannedCutoffPerQuery" => {
                    if value == &json!(true)
                        && let Some(own) = own.as_object_mut()
                    {
                        own.remove("BytesScannedCutoffPerQuery");
                    }
                }
                "EngineVersion" => {}
                key => own[key] = value.clone(),
            }
        }
        check_cutoff(&body["Configuration"])?;
        self.inner
            .state
            .with(|db| {
                db.execute(
                    "UPDATE athena_workgroups SET body = ?2 WHERE name = ?1",
                    params![name, body.to_string()],
                )
            })
            .map_err(internal)?;
        Ok(json!({}))
    }

    pub(super) fn delete_workgroup(
        &self,
        who: &Principal,
        input: &Value,
    ) -> Result<Value, ApiError> {
        only_admin(who, "DeleteWorkGroup")?;
        let name = required(input, "WorkGroup")?;
        if name == "primary" {
            return Err(invalid("The primary workgroup cannot be deleted"));
        }
        self.workgroup(name)?;
        let recursive = input["RecursiveDeleteOption"] == json!(true);
        let deleted = self
            .inner
            .state
            .with(|db| {
                let tx = db.transaction()?;
                let held: i64 = tx.query_row(
                    "SELECT (SELECT count(*) FROM athena_named_queries WHERE workgroup = ?1) + (SELECT count(*) FROM athena_prepared WHERE workgroup = ?1) + (SELECT count(*) FROM athena_executions WHERE workgroup = ?1)",
                    [name],
                    |row| row.get(0),
                )?;
                if held > 0 && !recursive {
                    return Ok(false);
                }
                tx.execute("DELETE FROM athena_named_queries WHERE workgroup = ?1", [name])?;
                tx.execute("DELETE FROM athena_prepared WHERE workgroup = ?1", [name])?;
                tx.execute("DELETE FROM athena_executions WHERE workgroup = ?1 AND state NOT IN ('QUEUED', 'RUNNING')", [name])?;
                tx.execute("DELETE FROM athena_workgroups WHERE name = ?1", [name])?;
                tx.commit()?;
                Ok(true)
            })
            .map_err(internal)?;
        if deleted { Ok(json!({})) } else { Err(invalid(format!("WorkGroup {name} is not empty"))) }
    }

    pub(super) fn list_workgroups(&self, input: &Value) -> Result<Value, ApiError> {
        let summary = |body: Value| {
            json!({
                "Name": body["Name"],
                "State": body["State"],
                "Description": body["Description"],
                "CreationTime": body["CreationTime"],
                "EngineVersion": engine_version(),
            })
        };
        let all = self.bodies("SELECT body FROM athena_workgroups ORDER BY name", &[])?;
        page(all.into_iter().map(summary).collect(), input, 50, "WorkGroups")
    }
}

fn update_results(own: &mut Value, updates: &Value) {
    for (key, value) in updates.as_object().into_iter().flatten() {
        match key.strip_prefix("Remove") {
            Some(name) => {
                if value == &json!(true)
                    && let Some(own) = own.as_object_mut()
                {
                    own.remove(name);
                }
            }
            None => own[key] = value.clone(),
        }
    }
}

fn only_admin(who: &Principal, action: &str) -> Result<(), ApiError> {
    if who.is_admin() { Ok(()) } else { Err(denied(who, action)) }
}
