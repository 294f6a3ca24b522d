//! Builds Arrow columns of Hive types from text and from JSON.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, ListArray, MapArray,
    NullBufferBuilder, PrimitiveBuilder, StringBuilder, StructArray, TimestampMillisecondBuilder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::kernels::cast_utils::parse_decimal;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use serde_json::Value;

use super::parse;
use crate::local::sql::types::HiveType;

/// The text is not of the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// One column under construction.
pub enum Column {
    Boolean(BooleanBuilder),
    Int8(PrimitiveBuilder<Int8Type>),
    Int16(PrimitiveBuilder<Int16Type>),
    Int32(PrimitiveBuilder<Int32Type>),
    Int64(PrimitiveBuilder<Int64Type>),
    Float32(PrimitiveBuilder<Float32Type>),
    Float64(PrimitiveBuilder<Float64Type>),
    Decimal(Decimal128Builder, u8, i8),
    String(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMillisecondBuilder),
    Binary(BinaryBuilder),
    List(Box<Column>, Nesting),
    Map(Box<(Column, Column)>, Nesting),
    Struct(Vec<(String, Column)>, Nesting),
}

/// What nested columns keep beside their children.
pub struct Nesting {
    kind: DataType,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl Nesting {
    fn new(kind: DataType) -> Self {
        Self { kind, ends: vec![0], nulls: NullBufferBuilder::new(0) }
    }

    fn close(&mut self, more: usize, valid: bool) {
        let last = self.ends.last().copied().unwrap_or(0);
        self.ends.push(last + i32::try_from(more).unwrap_or(i32::MAX));
        self.nulls.append(valid);
    }
}

impl Column {
    pub fn new(kind: &HiveType) -> Self {
        match kind {
            HiveType::Boolean => Self::Boolean(BooleanBuilder::new()),
            HiveType::Tinyint => Self::Int8(PrimitiveBuilder::new()),
            HiveType::Smallint => Self::Int16(PrimitiveBuilder::new()),
            HiveType::Int => Self::Int32(PrimitiveBuilder::new()),
            HiveType::Bigint => Self::Int64(PrimitiveBuilder::new()),
            HiveType::Float => Self::Float32(PrimitiveBuilder::new()),
            HiveType::Double => Self::Float64(PrimitiveBuilder::new()),
            HiveType::Decimal(p, s) => Self::Decimal(
                Decimal128Builder::new().with_data_type(DataType::Decimal128(*p, *s)),
                *p,
                *s,
            ),
            HiveType::String => Self::String(StringBuilder::new()),
            HiveType::Date => Self::Date(Date32Builder::new()),
            HiveType::Timestamp => Self::Timestamp(TimestampMillisecondBuilder::new()),
            HiveType::Binary => Self::Binary(BinaryBuilder::new()),
            HiveType::Array(of) => Self::List(Box::new(Self::new(of)), Nesting::new(kind.arrow())),
            HiveType::Map(key, value) => {
                Self::Map(Box::new((Self::new(key), Self::new(value))), Nesting::new(kind.arrow()))
            }
            HiveType::Struct(fields) => Self::Struct(
                fields.iter().map(|(name, kind)| (name.clone(), Self::new(kind))).collect(),
                Nesting::new(kind.arrow()),
            ),
        }
    }

    /// Appends NULL.
    pub fn null(&mut self) {
        match self {
            Self::Boolean(b) => b.append_null(),
            Self::Int8(b) => b.append_null(),
            Self::Int16(b) => b.append_null(),
            Self::Int32(b) => b.append_null(),
            Self::Int64(b) => b.append_null(),
            Self::Float32(b) => b.append_null(),
            Self::Float64(b) => b.append_null(),
            Self::Decimal(b, ..) => b.append_null(),
            Self::String(b) => b.append_null(),
            Self::Date(b) => b.append_null(),
            Self::Timestamp(b) => b.append_null(),
            Self::Binary(b) => b.append_null(),
            Self::List(_, n) | Self::Map(_, n) => n.close(0, false),
            Self::Struct(fields, n) => {
                fields.iter_mut().for_each(|(_, column)| column.null());
                n.close(1, false);
            }
        }
    }

    /// Appends a scalar from its text; nothing is appended where it is malformed.
    pub fn text(&mut self, text: &str) -> Result<(), Malformed> {
        fn number<T: std::str::FromStr>(text: &str) -> Result<T, Malformed> {
            text.trim().parse().map_err(|_| Malformed)
        }
        match self {
            Self::Boolean(b) => b.append_value(parse::boolean(text).ok_or(Malformed)?),
            Self::Int8(b) => b.append_value(number(text)?),
            Self::Int16(b) => b.append_value(number(text)?),
            Self::Int32(b) => b.append_value(number(text)?),
            Self::Int64(b) => b.append_value(number(text)?),
            Self::Float32(b) => b.append_value(parse::double(text).ok_or(Malformed)? as f32),
            Self::Float64(b) => b.append_value(parse::double(text).ok_or(Malformed)?),
            Self::Decimal(b, p, s) => b.append_value(
                parse_decimal::<Decimal128Type>(text.trim(), *p, *s).map_err(|_| Malformed)?,
            ),
            Self::String(b) => b.append_value(text),
            Self::Date(b) => b.append_value(parse::date(text).ok_or(Malformed)?),
            Self::Timestamp(b) => b.append_value(parse::timestamp(text).ok_or(Malformed)?),
            Self::Binary(b) => b.append_value(text.as_bytes()),
            Self::List(..) | Self::Map(..) | Self::Struct(..) => return Err(Malformed),
        }
        Ok(())
    }

    /// Appends a JSON value; nothing is appended where it is malformed.
    pub fn json(&mut self, value: &Value) -> Result<(), Malformed> {
        match (&mut *self, value) {
            (_, Value::Null) => {
                self.null();
                Ok(())
            }
            (Self::String(b), Value::String(text)) => {
                b.append_value(text);
                Ok(())
            }
            // A nested value in a string column is its JSON text, as openx gives it.
            (Self::String(b), other) => {
                b.append_value(other.to_string());
                Ok(())
            }
            (Self::List(of, n), Value::Array(items)) => {
                append_all(items.iter(), |item| of.json_or_null(item));
                n.close(items.len(), true);
                Ok(())
            }
            (Self::Map(kv, n), Value::Object(entries)) => {
                let mut more = 0;
                for (key, value) in entries {
                    if kv.0.text(key).is_ok() {
                        kv.1.json_or_null(value);
                        more += 1;
                    }
                }
                n.close(more, true);
                Ok(())
            }
            (Self::Struct(fields, n), Value::Object(entries)) => {
                for (name, column) in fields.iter_mut() {
                    match member(entries, name) {
                        Some(value) => column.json_or_null(value),
                        None => column.null(),
                    }
                }
                n.close(1, true);
                Ok(())
            }
            // Rows may come as arrays of their fields (CAST(json AS row(…))).
            (Self::Struct(fields, n), Value::Array(items)) if items.len() == fields.len() => {
                for ((_, column), value) in fields.iter_mut().zip(items) {
                    column.json_or_null(value);
                }
                n.close(1, true);
                Ok(())
            }
            (Self::List(..) | Self::Map(..) | Self::Struct(..), _) => Err(Malformed),
            (_, Value::String(text)) => self.text(text),
            (_, Value::Bool(flag)) => self.text(if *flag { "true" } else { "false" }),
            (Self::Int8(_) | Self::Int16(_) | Self::Int32(_) | Self::Int64(_), number) => {
                // 3.0 is a whole number to Java; 3.5 is not.
                match number.as_i64().or_else(|| whole(number.as_f64()?)) {
                    Some(whole) => self.text(&whole.to_string()),
                    None => Err(Malformed),
                }
            }
            (_, number) => self.text(&number.to_string()),
        }
    }

    fn json_or_null(&mut self, value: &Value) {
        if self.json(value).is_err() {
            self.null();
        }
    }

    /// Appends a nested value of LazySimpleSerDe, whose levels have a delimiter each.
    pub fn delimited(
        &mut self,
        text: &str,
        delimiters: &[u8],
        null: &str,
    ) -> Result<(), Malformed> {
        if text == null {
            self.null();
            return Ok(());
        }
        let at = |n: usize| delimiters.get(n).copied().unwrap_or(8) as char;
        let deeper = |n: usize| delimiters.get(n..).unwrap_or_default();
        match self {
            Self::List(of, n) => {
                let mut more = 0;
                if !text.is_empty() {
                    for item in text.split(at(0)) {
                        if of.delimited(item, deeper(1), null).is_err() {
                            of.null();
                        }
                        more += 1;
                    }
                }
                n.close(more, true);
                Ok(())
            }
            Self::Map(kv, n) => {
                let mut more = 0;
                for entry in text.split(at(0)).filter(|e| !e.is_empty()) {
                    let (key, value) = entry.split_once(at(1)).unwrap_or((entry, null));
                    if kv.0.text(key).is_ok() {
                        if kv.1.delimited(value, deeper(2), null).is_err() {
                            kv.1.null();
                        }
                        more += 1;
                    }
                }
                n.close(more, true);
                Ok(())
            }
            Self::Struct(fields, n) => {
                let mut parts = text.split(at(0));
                for (_, column) in fields.iter_mut() {
                    let part = parts.next().unwrap_or(null);
                    if column.delimited(part, deeper(1), null).is_err() {
                        column.null();
                    }
                }
                n.close(1, true);
                Ok(())
            }
            scalar => scalar.text(text),
        }
    }

    /// The finished array; the column starts anew.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(b) => Arc::new(b.finish()),
            Self::Int8(b) => Arc::new(b.finish()),
            Self::Int16(b) => Arc::new(b.finish()),
            Self::Int32(b) => Arc::new(b.finish()),
            Self::Int64(b) => Arc::new(b.finish()),
            Self::Float32(b) => Arc::new(b.finish()),
            Self::Float64(b) => Arc::new(b.finish()),
            Self::Decimal(b, ..) => Arc::new(b.finish()),
            Self::String(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Timestamp(b) => Arc::new(b.finish()),
            Self::Binary(b) => Arc::new(b.finish()),
            Self::List(of, n) => {
                let DataType::List(field) = &n.kind else { unreachable!("a list is a list") };
                let offsets = OffsetBuffer::new(std::mem::replace(&mut n.ends, vec![0]).into());
                Arc::new(ListArray::new(field.clone(), offsets, of.finish(), n.nulls.finish()))
            }
            Self::Map(kv, n) => {
                let DataType::Map(entries, sorted) = &n.kind else {
                    unreachable!("a map is a map")
                };
                let DataType::Struct(fields) = entries.data_type() else {
                    unreachable!("a map has entries")
                };
                let offsets = OffsetBuffer::new(std::mem::replace(&mut n.ends, vec![0]).into());
                let rows =
                    StructArray::new(fields.clone(), vec![kv.0.finish(), kv.1.finish()], None);
                Arc::new(MapArray::new(entries.clone(), offsets, rows, n.nulls.finish(), *sorted))
            }
            Self::Struct(fields, n) => {
                let DataType::Struct(types) = &n.kind else { unreachable!("a row is a row") };
                n.ends = vec![0];
                let columns = fields.iter_mut().map(|(_, column)| column.finish()).collect();
                Arc::new(StructArray::new(types.clone(), columns, n.nulls.finish()))
            }
        }
    }
}

fn append_all<'a>(items: impl Iterator<Item = &'a Value>, append: impl FnMut(&'a Value)) {
    items.for_each(append);
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

/// A member of a JSON object, whatever the case of its key.
pub fn member<'a>(entries: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    entries.get(name).or_else(|| {
        entries.iter().find(|(key, _)| key.to_lowercase() == name).map(|(_, value)| value)
    })
}
