//! lakehand: a terminal workbench for the people who run an AWS data lake.
//!
//! The rooms and the arrows between them are described in `docs/architecture.md`
//! and guarded by `tests/it/rooms.rs`.

pub mod cli;
pub mod config;
pub mod govern;
pub mod lake;
pub mod listing;
#[cfg(feature = "local")]
pub mod local;
pub mod model;
pub mod preview;
pub mod query;
pub mod run;
pub mod terminal;
pub mod transfer;
pub mod ui;
pub mod work;
