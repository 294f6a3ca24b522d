//! Parquet: the footer says all of it.

use std::fs::File;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::file::reader::{FileReader, SerializedFileReader};

use super::classify::Unknown;
use super::found::{Format, Found};
use super::kind::Kind;

/// Reads the footer, no data.
///
/// # Errors
/// `Unknown` where the footer is not one.
pub fn read(file: File, size: u64) -> Result<Found, Unknown> {
    let broken = |why: &dyn std::fmt::Display| Unknown(format!("a broken Parquet file: {why}"));
    let reader = SerializedFileReader::new(file).map_err(|why| broken(&why))?;
    let metadata = reader.metadata().file_metadata();
    let schema = parquet_to_arrow_schema(metadata.schema_descr(), metadata.key_value_metadata())
        .map_err(|why| broken(&why))?;
    let columns = schema.fields().iter();
    let columns = columns.map(|field| (field.name().clone(), kind(field.data_type()))).collect();
    let records = u64::try_from(metadata.num_rows()).unwrap_or(0);
    Ok(Found { format: Format::Parquet, gzip: false, columns, records, bytes: size })
}

fn kind(of: &DataType) -> Kind {
    match of {
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|one| (one.name().clone(), kind(one.data_type())));
            Kind::Struct(fields.collect())
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Kind::Array(Box::new(kind(item.data_type())))
        }
        other => Kind::Declared(scalar(other)),
    }
}

/// The Hive type of what has no fields of its own; a map has two, but they are not united.
fn scalar(of: &DataType) -> String {
    let name = match of {
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 | DataType::UInt8 => "smallint",
        DataType::Int32 | DataType::UInt16 => "int",
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint",
        DataType::Float16 | DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond, _)
        | DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond, _) => "timestamp",
        DataType::Binary
        | DataType::LargeBinary
        | DataType::FixedSizeBinary(_)
        | DataType::BinaryView => "binary",
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            return format!("decimal({p},{s})");
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { return "string".to_owned() };
            let pair: Vec<String> = pair.iter().map(|one| kind(one.data_type()).hive()).collect();
            return format!("map<{}>", pair.join(","));
        }
        _ => "string",
    };
    name.to_owned()
}
