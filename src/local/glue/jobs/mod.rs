//! Jobs: a script of SQL statements that really runs on the lake's engine.
//!
//! A job's `Command.ScriptLocation` names an object that ends in `.sql`. Statements are
//! separated by `;`. `${name}` stands for the run's argument `--name` (see [`script`]). These
//! arguments mean something to the runner itself:
//!
//! - `--database`: the database of names without one; `default` if left out.
//! - `--kms-key`: the KMS key that CTAS and UNLOAD encrypt with (SSE-KMS), as buckets of a
//!   governed lake demand.
//!
//! `${JOB_NAME}` and `${JOB_RUN_ID}` are always there; the latter makes a folder of its own for
//! the output of each run.
//!
//! Any other script fails: there is no Spark here.

mod api;
mod run;
pub(super) mod script;
pub(super) mod store;
mod types;

pub(super) use api::answer;
