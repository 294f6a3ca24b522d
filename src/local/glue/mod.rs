//! Glue: the Data Catalog, crawlers and jobs, in the wire shapes of Glue's JSON 1.1 API.

mod catalog;
mod expression;
mod fault;
mod names;
pub mod types;

pub use catalog::{Catalog, Comparator, DEFAULT_DATABASE, Filter, Search};
