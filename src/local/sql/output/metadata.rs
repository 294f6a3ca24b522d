//! The `.metadata` object beside a result.
//!
//! AWS writes an undocumented protobuf there. Ours is a protobuf message too, small and whole:
//!
//! ```text
//! message Metadata { repeated Column columns = 1; }
//! message Column { string catalog = 1; string schema = 2; string table = 3; string name = 4;
//!                  string label = 5; string type = 6; int32 precision = 7; int32 scale = 8;
//!                  string nullable = 9; bool case_sensitive = 10; }
//! ```

use crate::local::sql::types::ColumnInfo;

/// Encodes the columns of a result.
pub fn encode(columns: &[ColumnInfo]) -> Vec<u8> {
    let mut out = Vec::new();
    for column in columns {
        let mut inner = Vec::new();
        let texts = [
            &column.catalog_name,
            &column.schema_name,
            &column.table_name,
            &column.name,
            &column.label,
            &column.r#type,
        ];
        for (at, text) in texts.into_iter().enumerate() {
            bytes(at as u64 + 1, text.as_bytes(), &mut inner);
        }
        number(7, column.precision, &mut inner);
        number(8, column.scale, &mut inner);
        bytes(9, column.nullable.as_bytes(), &mut inner);
        number(10, i32::from(column.case_sensitive), &mut inner);
        bytes(1, &inner, &mut out);
    }
    out
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn number(field: u64, value: i32, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value as u64, out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
