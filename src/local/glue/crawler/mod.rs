//! Crawlers: they read the files of a folder, find out what they are, and write tables and
//! partitions into the catalog.

mod api;
mod classify;
mod csv;
mod found;
mod glob;
mod group;
mod json;
mod kind;
mod parquet;
mod reconcile;
mod run;
pub(super) mod store;
mod types;
mod walk;
mod write;

pub(super) use api::answer;
