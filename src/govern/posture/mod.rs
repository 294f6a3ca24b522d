//! How the lake's buckets stand against the reference: every question is asked in parallel, and
//! each finding told as it comes. Asking (`ask`, `left`, `logs`) is apart from judging (`judge`,
//! `policy`), which is pure.

mod ask;
mod condition;
mod judge;
mod left;
mod logs;
mod policy;

pub use ask::{Subject, examine, subjects};
