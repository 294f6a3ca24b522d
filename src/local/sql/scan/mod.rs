//! Reading tables: objects of the store as columns of the engine.

mod column;
mod convert;
mod csv;
mod exec;
mod files;
mod format;
mod json;
mod lines;
mod meter;
mod parquet;
mod parse;
mod prune;
mod rows;
mod table;
mod text;
mod window;

pub use column::Column;
pub use convert::convert;
pub use exec::SCAN;
pub use files::{objects, place};
pub use format::{Format as Stored, format_of};
pub use meter::Meter;
pub use parse::{boolean, civil, civil_date, date, days, double, millis, timestamp};
pub use table::{Columns, LakeTable, PATH, Reach, columns_of};
