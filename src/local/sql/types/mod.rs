//! Column types: Hive's spelling in the catalog, Arrow's in the engine, Athena's on the wire.

mod hive;
mod names;
mod trino;
mod widen;

pub use hive::HiveType;
pub use names::{ColumnInfo, JSON_KEY, column_info, hive_name, is_json, json_field, trino_name};
pub use trino::{Target, parse_trino};
pub use widen::widens;

use datafusion::arrow::datatypes::{DataType, TimeUnit};

/// Athena's `timestamp` has three fractional digits whatever the file held.
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);
