//! Athena's API over the engine.

use std::time::{Duration, Instant};

use lakehand::local::ApiError;
use lakehand::local::athena::Athena;
use lakehand::local::principal::Principal;
use serde_json::{Value, json};

use super::lab::Lab;

struct Desk {
    lab: Lab,
    athena: Athena,
}

impl Desk {
    fn new() -> Self {
        let lab = Lab::new();
        let athena = open(&lab);
        Self { lab, athena }
    }

    fn call(&self, op: &str, input: Value) -> Result<Value, ApiError> {
        self.lab.runtime.block_on(self.athena.call(&Principal::Administrator, op, input))
    }

    fn ok(&self, op: &str, input: Value) -> Value {
        self.call(op, input.clone()).unwrap_or_else(|e| panic!("{op} {input}\n{e}"))
    }

    fn refused(&self, op: &str, input: Value) -> String {
        let error = self.call(op, input).unwrap_err();
        assert_eq!(error.code, "InvalidRequestException", "{error}");
        error.message
    }

    fn start(&self, sql: &str) -> String {
        let started = self.ok(
            "StartQueryExecution",
            json!({ "QueryString": sql, "ResultConfiguration": { "OutputLocation": "s3://out/r/" } }),
        );
        started["QueryExecutionId"].as_str().unwrap().to_owned()
    }

    fn execution(&self, id: &str) -> Value {
        self.ok("GetQueryExecution", json!({ "QueryExecutionId": id }))["QueryExecution"].clone()
    }

    fn over(&self, id: &str) -> Value {
        let begun = Instant::now();
        loop {
            let execution = self.execution(id);
            let state = execution["Status"]["State"].as_str().unwrap();
            if !matches!(state, "QUEUED" | "RUNNING") {
                return execution;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{execution}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn results(&self, id: &str, more: Value) -> Value {
        let mut input = json!({ "QueryExecutionId": id });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        self.ok("GetQueryResults", input)
    }
}

fn open(lab: &Lab) -> Athena {
    Athena::open(lab.state.clone(), lab.store.clone(), lab.engine.clone(), lab.catalog.clone())
        .unwrap()
}

#[test]
fn a_query_goes_from_queued_to_its_results() {
    let desk = Desk::new();
    let id = desk
        .start("SELECT n AS Id, if(n = 2, NULL, '') AS e FROM UNNEST(sequence(1, 2500)) AS t(n)");
    let done = desk.over(&id);
    assert_eq!(done["Status"]["State"], "SUCCEEDED", "{done}");
    assert_eq!(done["StatementType"], "DML");
    assert_eq!(done["SubstatementType"], "SELECT");
    let location = format!("s3://out/r/{id}.csv");
    assert_eq!(done["ResultConfiguration"]["OutputLocation"], location);
    assert!(
        done["Status"]["CompletionDateTime"].as_f64()
            >= done["Status"]["SubmissionDateTime"].as_f64()
    );
    assert!(desk.lab.text(&location).starts_with("\"Id\",\"e\"\n\"1\",\"\"\n\"2\",\n"));

    let mut rows = Vec::new();
    let mut more = json!({});
    loop {
        let page = desk.results(&id, more);
        let columns = &page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"];
        assert_eq!((&columns[0]["Name"], &columns[0]["Type"]), (&json!("Id"), &json!("bigint")));
        let found = page["ResultSet"]["Rows"].as_array().unwrap();
        assert!(found.len() <= 1000);
        rows.extend(found.clone());
        match page.get("NextToken") {
            Some(token) => more = json!({ "NextToken": token }),
            None => break,
        }
    }
    assert_eq!(rows.len(), 2501, "the header comes first");
    assert_eq!(rows[0]["Data"][0]["VarCharValue"], "Id");
    assert_eq!(rows[1]["Data"], json!([{ "VarCharValue": "1" }, { "VarCharValue": "" }]));
    assert_eq!(rows[2]["Data"], json!([{ "VarCharValue": "2" }, {}]));
    assert_eq!(rows[2500]["Data"][0]["VarCharValue"], "2500");
}

#[test]
fn failures_keep_their_sentence() {
    let desk = Desk::new();
    let id = desk.start("SELECT * FORM t");
    let done = desk.over(&id);
    assert_eq!(done["Status"]["State"], "FAILED");
    let reason = done["Status"]["StateChangeReason"].as_str().unwrap();
    assert!(reason.starts_with("line 1:10: mismatched input 'FORM'"), "{reason}");
    assert_eq!(done["Status"]["AthenaError"]["ErrorCategory"], 2);
    let refused = desk.refused("GetQueryResults", json!({ "QueryExecutionId": id }));
    assert_eq!(refused, "Query did not finish successfully. Final query state: FAILED");
    let refused = desk.refused("GetQueryExecution", json!({ "QueryExecutionId": "nope" }));
    assert_eq!(refused, "QueryExecution nope was not found");
}

#[test]
fn starts_are_checked_and_idempotent() {
    let desk = Desk::new();
    let refused = desk.refused("StartQueryExecution", json!({ "QueryString": "SELECT 1" }));
    assert!(refused.starts_with("No output location provided."), "{refused}");
    let long = format!("SELECT '{}'", "x".repeat(262_144));
    let input =
        json!({ "QueryString": long, "ResultConfiguration": { "OutputLocation": "s3://out/" } });
    assert!(desk.refused("StartQueryExecution", input).contains("262144"));
    let mut input = json!({
        "QueryString": "SELECT 1", "ClientRequestToken": "t".repeat(32),
        "ResultConfiguration": { "OutputLocation": "s3://out/" },
    });
    let first = desk.ok("StartQueryExecution", input.clone());
    assert_eq!(desk.ok("StartQueryExecution", input.clone()), first);
    input["QueryString"] = json!("SELECT 2");
    assert_eq!(desk.refused("StartQueryExecution", input), "Idempotent parameters do not match");
    desk.over(first["QueryExecutionId"].as_str().unwrap());
}

#[test]
fn stopping_cancels() {
    let desk = Desk::new();
    let id = desk.start(
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN (SELECT y, z FROM UNNEST(sequence(1, 100000)) b(y)
         CROSS JOIN UNNEST(sequence(1, 1000)) c(z)) d WHERE x * y % 7 = z % 7",
    );
    while desk.execution(&id)["Status"]["State"] != "RUNNING" {
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = desk.refused("GetQueryResults", json!({ "QueryExecutionId": id }));
    assert_eq!(refused, "Query has not yet finished. Current state: RUNNING");
    desk.ok("StopQueryExecution", json!({ "QueryExecutionId": id }));
    assert_eq!(desk.over(&id)["Status"]["State"], "CANCELLED");
    let listed = desk.ok("ListQueryExecutions", json!({}));
    assert_eq!(listed["QueryExecutionIds"], json!([id]));
}

#[test]
fn executions_of_a_dead_process_fail() {
    let desk = Desk::new();
    let id = desk.start("SELECT 1");
    desk.over(&id);
    // As a process that was killed in the middle leaves it.
    desk.lab
        .state
        .with(|db| {
            db.execute(
                "UPDATE athena_executions SET state = 'RUNNING', owner = '4294967294:1', body = json_set(body, '$.Status.State', 'RUNNING')",
                [],
            )
        })
        .unwrap();
    let again = open(&desk.lab);
    let found = desk
        .lab
        .runtime
        .block_on(again.call(
            &Principal::Administrator,
            "GetQueryExecution",
            json!({ "QueryExecutionId": id }),
        ))
        .unwrap();
    assert_eq!(found["QueryExecution"]["Status"]["State"], "FAILED");
    assert_eq!(found["QueryExecution"]["Status"]["StateChangeReason"], "the local lake stopped");
}

#[test]
fn ddl_answers_lines() {
    let desk = Desk::new();
    let id = desk.start("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://lake/t/'");
    let done = desk.over(&id);
    assert_eq!(
        (done["StatementType"].as_str(), done["SubstatementType"].as_str()),
        (Some("DDL"), Some("CREATE_TABLE"))
    );
    assert_eq!(desk.results(&id, json!({}))["ResultSet"]["Rows"], json!([]));
    let id = desk.start("SHOW TABLES");
    let done = desk.over(&id);
    assert_eq!(done["ResultConfiguration"]["OutputLocation"], format!("s3://out/r/{id}.txt"));
    let page = desk.results(&id, json!({}));
    assert_eq!(page["ResultSet"]["Rows"], json!([{ "Data": [{ "VarCharValue": "t" }] }]));
    assert_eq!(page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Name"], "tab_name");
    let id = desk.start("DESCRIBE t");
    desk.over(&id);
    let page = desk.results(&id, json!({}));
    assert_eq!(page["ResultSet"]["Rows"][0]["Data"].as_array().unwrap().len(), 1);
}

#[test]
fn workgroups_rule_where_results_go() {
    let desk = Desk::new();
    desk.ok(
        "CreateWorkGroup",
        json!({
            "Name": "lab",
            "Configuration": { "ResultConfiguration": { "OutputLocation": "s3://out/lab/" } },
        }),
    );
    let start = |location: Option<&str>| {
        let mut input = json!({ "QueryString": "SELECT 1", "WorkGroup": "lab" });
        if let Some(location) = location {
            input["ResultConfiguration"] = json!({ "OutputLocation": location });
        }
        let id =
            desk.ok("StartQueryExecution", input)["QueryExecutionId"].as_str().unwrap().to_owned();
        desk.over(&id)["ResultConfiguration"]["OutputLocation"].as_str().unwrap().to_owned()
    };
    assert!(start(Some("s3://out/mine/")).starts_with("s3://out/lab/"), "the workgroup enforces");
    desk.ok(
        "UpdateWorkGroup",
        json!({
            "WorkGroup": "lab", "ConfigurationUpdates": { "EnforceWorkGroupConfiguration": false },
        }),
    );
    assert!(start(Some("s3://out/mine/")).starts_with("s3://out/mine/"));
    assert!(start(None).starts_with("s3://out/lab/"));
    desk.ok("UpdateWorkGroup", json!({ "WorkGroup": "lab", "State": "DISABLED" }));
    let refused = desk
        .refused("StartQueryExecution", json!({ "QueryString": "SELECT 1", "WorkGroup": "lab" }));
    assert_eq!(refused, "WorkGroup lab is disabled.");
    let listed = desk.ok("ListWorkGroups", json!({}));
    assert_eq!(listed["WorkGroups"].as_array().unwrap().len(), 2);
    assert_eq!(
        desk.refused("DeleteWorkGroup", json!({ "WorkGroup": "lab" })),
        "WorkGroup lab is not empty"
    );
    desk.ok("DeleteWorkGroup", json!({ "WorkGroup": "lab", "RecursiveDeleteOption": true }));
    assert_eq!(
        desk.refused("GetWorkGroup", json!({ "WorkGroup": "lab" })),
        "WorkGroup lab is not found."
    );
}

#[test]
fn named_queries_and_the_catalog() {
    let desk = Desk::new();
    let made = desk.ok(
        "CreateNamedQuery",
        json!({ "Name": "one", "Database": "default", "QueryString": "SELECT 1" }),
    );
    let id = made["NamedQueryId"].clone();
    assert_eq!(desk.ok("ListNamedQueries", json!({}))["NamedQueryIds"], json!([id]));
    let found = desk.ok("BatchGetNamedQuery", json!({ "NamedQueryIds": [id, "x"] }));
    assert_eq!(found["NamedQueries"][0]["QueryString"], "SELECT 1");
    assert_eq!(found["UnprocessedNamedQueryIds"][0]["NamedQueryId"], "x");
    desk.ok("DeleteNamedQuery", json!({ "NamedQueryId": id }));
    desk.refused("GetNamedQuery", json!({ "NamedQueryId": id }));
    let catalogs = desk.ok("ListDataCatalogs", json!({}));
    assert_eq!(catalogs["DataCatalogsSummary"][0]["CatalogName"], "AwsDataCatalog");
    let databases = desk.ok("ListDatabases", json!({ "CatalogName": "AwsDataCatalog" }));
    assert_eq!(databases["DatabaseList"][0]["Name"], "default");
}
