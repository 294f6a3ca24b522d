//! What running a statement took: for GetQueryRuntimeStatistics and EXPLAIN ANALYZE.

use std::sync::Arc;
use std::time::Duration;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;

use super::scan::SCAN;

/// The figures of one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub planning: Duration,
    /// From the last row to the result in its place.
    pub publishing: Duration,
    /// Rows read from tables.
    pub input_rows: u64,
    /// Bytes of the result, or of the files written.
    pub output_bytes: u64,
    /// The plan that ran, from its last step; None for statements without one.
    pub plan: Option<Step>,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    /// What it works on.
    pub detail: String,
    pub children: Vec<Step>,
}

impl Figures {
    /// Of a plan, as far as it has run.
    pub fn of(plan: &Arc<dyn ExecutionPlan>, planning: Duration) -> Self {
        Self { planning, input_rows: scanned(plan), plan: Some(Step::of(plan)), ..Self::default() }
    }
}

impl Step {
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let line = DisplayableExecutionPlan::new(plan.as_ref()).one_line().to_string();
        let line = line.trim();
        // "FilterExec: a > 1", "TableScan[table = …]".
        let name = plan.name();
        let detail = line.strip_prefix(name).unwrap_or(line).trim_start_matches(':').trim();
        Self {
            name: name.strip_suffix("Exec").unwrap_or(name).to_owned(),
            detail: detail.to_owned(),
            children: plan.children().into_iter().map(Self::of).collect(),
        }
    }
}

/// Rows that the tables of a plan gave.
fn scanned(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    if plan.name() == SCAN {
        let rows = plan.metrics().as_ref().and_then(MetricsSet::output_rows);
        return rows.unwrap_or(0) as u64;
    }
    plan.children().into_iter().map(scanned).sum()
}
