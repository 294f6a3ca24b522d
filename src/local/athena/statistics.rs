//! GetQueryRuntimeStatistics.

use serde_json::{Value, json};

use super::Athena;
use super::fault::required;
use super::run::not_found;
use crate::local::ApiError;
use crate::local::sql::{Outcome, Step};

impl Athena {
    pub(super) fn runtime_statistics(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "QueryExecutionId")?;
        let found = self.find(id)?.ok_or_else(|| not_found(id))?;
        let mut body = found.body;
        self.enliven(id, &mut body);
        let own = &body["Statistics"];
        let mut answer = json!({ "Timeline": {} });
        for name in [
            "QueryQueueTimeInMillis",
            "ServicePreProcessingTimeInMillis",
            "QueryPlanningTimeInMillis",
            "EngineExecutionTimeInMillis",
            "ServiceProcessingTimeInMillis",
            "TotalExecutionTimeInMillis",
        ] {
            if let Some(value) = own.get(name) {
                answer["Timeline"][name] = value.clone();
            }
        }
        for (name, value) in found.runtime.as_object().into_iter().flatten() {
            answer[name] = value.clone();
        }
        Ok(json!({ "QueryRuntimeStatistics": answer }))
    }
}

/// `Rows` and `OutputStage` of a statement that is through, in the API's shape. All runs in one
/// process: the whole plan is one stage.
pub(super) fn runtime(outcome: &Outcome, engine_millis: u64) -> Value {
    let figures = &outcome.figures;
    let Some(plan) = &figures.plan else { return Value::Null };
    let rows = json!({
        "InputRows": figures.input_rows,
        "InputBytes": outcome.scanned_bytes,
        "OutputRows": outcome.rows,
        "OutputBytes": figures.output_bytes,
    });
    let mut stage = rows.clone();
    stage["StageId"] = json!(0);
    stage["State"] = json!("FINISHED");
    stage["ExecutionTime"] = json!(engine_millis);
    stage["QueryStagePlan"] = step(plan);
    stage["SubStages"] = json!([]);
    json!({ "Rows": rows, "OutputStage": stage })
}

fn step(of: &Step) -> Value {
    json!({
        "Name": of.name,
        "Identifier": of.detail,
        "Children": of.children.iter().map(step).collect::<Vec<_>>(),
        "RemoteSources": [],
    })
}
