//! Lets a join be stopped. DataFusion gives the worker back at the leaves of a plan only, and
//! a nested loop can compare for a long time between two batches of a leaf: without a breath
//! in between, a dropped query would go on.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{CrossJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, replace_children_if_necessary,
};
use futures::StreamExt;

/// Puts a breath above every nested loop and above the side that it loops over.
#[derive(Debug)]
pub struct Breathe;

impl PhysicalOptimizerRule for Breathe {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let any: &dyn Any = node.as_ref();
            if !(any.is::<NestedLoopJoinExec>() || any.is::<CrossJoinExec>()) {
                return Ok(Transformed::no(node));
            }
            let mut children: Vec<_> = node.children().into_iter().cloned().collect();
            if let Some(looped) = children.pop() {
                children.push(Arc::new(Breath(looped)));
            }
            let node = replace_children_if_necessary(node, children)?;
            Ok(Transformed::yes(Arc::new(Breath(node)) as _))
        })
        .data()
    }

    fn name(&self) -> &str {
        "breathe"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Passes batches on, and gives the worker back after each.
#[derive(Debug)]
struct Breath(Arc<dyn ExecutionPlan>);

impl DisplayAs for Breath {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breath")
    }
}

impl ExecutionPlan for Breath {
    fn name(&self) -> &str {
        "Breath"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.0.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.0]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self(children.pop().unwrap_or_else(|| self.0.clone()))))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let batches = self.0.execute(partition, context)?.then(|batch| async {
            tokio::task::yield_now().await;
            batch
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.0.schema(), batches)))
    }
}
