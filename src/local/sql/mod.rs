//! The SQL engine of the local lake: Athena's dialect over DataFusion.
//!
//! A statement is classified by its first words ([`statement`]). Queries are parsed in Athena's
//! dialect ([`dialect`]), rewritten to what DataFusion means alike ([`rewrite`], [`functions`],
//! [`plan`]), and read the tables of the Glue catalog through the store ([`scan`]). Hive's
//! language has a parser of its own ([`ddl`]). Views are expanded where they are named ([`view`]).
//! Results go back through the store, as the caller.

mod access;
mod breath;
mod ddl;
mod dialect;
mod engine;
pub mod error;
mod explain;
mod figures;
mod functions;
mod information;
mod output;
mod parse;
mod plan;
mod prepared;
mod query;
mod request;
mod rewrite;
mod save;
mod scan;
mod session;
mod statement;
pub mod types;
mod values;
mod view;
mod write;

pub use engine::Engine;
pub use error::SqlError;
pub use figures::{Figures, Step};
pub use output::read_rows;
pub use prepared::{Prepared, prepared};
pub use request::{Encryption, Outcome, Output, Request};
pub use scan::Meter;
pub use statement::{StatementType, classify, is_repeatable};
