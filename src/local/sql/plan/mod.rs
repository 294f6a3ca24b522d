//! Hooks into DataFusion's planner where Trino plans otherwise.

mod binary;
mod unnest;

pub use binary::AthenaOperators;
pub use unnest::LateralUnnest;
