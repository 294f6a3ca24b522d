//! Arrays, maps and rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, MapArray, StringBuilder, StructArray,
    UInt32Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, invalid, returns, type_name, unexpected};
use crate::local::sql::output::Cells;

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("element_at", (2, 2), element, |args| at(args, false)),
        fun("athena_subscript", (2, 2), element, |args| at(args, true)),
        fun("cardinality", (1, 1), returns!(DataType::Int64), cardinality),
        fun("array_join", (2, 3), returns!(DataType::Utf8), join),
        fun("athena_map_from", (2, 2), map_type, map_from),
        fun("athena_histogram", (1, 1), histogram_type, histogram),
        fun("reverse", (1, 1), |f, _| Ok(Field::new("f", f[0].data_type().clone(), true)), reverse),
    ]
}

/// The type of an element: of a list, of a map's values, of a row's n-th field.
fn element(fields: &[FieldRef], literals: &[Option<&ScalarValue>]) -> Result<Field> {
    let kind = match fields[0].data_type() {
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            of.data_type().clone()
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(kv) => kv[1].data_type().clone(),
            other => other.clone(),
        },
        DataType::Struct(parts) => {
            let n = literals.get(1).copied().flatten().and_then(index_of);
            let n = n.and_then(|n| usize::try_from(n - 1).ok());
            match n.and_then(|n| parts.get(n)) {
                Some(field) => field.data_type().clone(),
                None => return Err(invalid("ROW subscript must be a literal within the row")),
            }
        }
        _ => {
            let given: Vec<String> = fields.iter().map(|f| type_name(f)).collect();
            return Err(unexpected("element_at", &given).into());
        }
    };
    Ok(Field::new("f", kind, true))
}

fn index_of(value: &ScalarValue) -> Option<i64> {
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(n)) => n,
        _ => None,
    }
}

fn small_list(array: &ArrayRef) -> Result<ListArray> {
    Ok(match array.data_type() {
        DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            cast(array, &DataType::List(of.clone()))?.as_list::<i32>().clone()
        }
        _ => array.as_list::<i32>().clone(),
    })
}

/// `a[i]` is strict: outside of the array, or for an unknown key, it fails; element_at is NULL.
fn at(args: &Args, strict: bool) -> Result<ArrayRef> {
    match args.arrays[0].data_type() {
        DataType::Map(..) => map_at(args, strict),
        DataType::Struct(_) => {
            let n = ScalarValue::try_from_array(&args.arrays[1], 0)?;
            let n = index_of(&n).and_then(|n| usize::try_from(n - 1).ok()).unwrap_or(0);
            Ok(args.arrays[0].as_struct().column(n).clone())
        }
        _ => list_at(args, strict),
    }
}

fn list_at(args: &Args, strict: bool) -> Result<ArrayRef> {
    let list = small_list(&args.arrays[0])?;
    let indexes = args.longs(1)?;
    let mut picks = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        if list.is_null(row) || indexes.is_null(row) {
            picks.push(None);
            continue;
        }
        let (start, length) = (list.value_offsets()[row], i64::from(list.value_length(row)));
        let index = indexes.value(row);
        if index == 0 {
            return Err(invalid("SQL array indices start at 1"));
        }
        if strict && index < 0 {
            return Err(invalid("Array subscript is negative"));
        }
        let place = if index > 0 { index - 1 } else { length + index };
        if (0..length).contains(&place) {
            picks.push(u32::try_from(i64::from(start) + place).ok());
        } else if strict {
            return Err(invalid(format!(
                "Array subscript must be less than or equal to array length: {index} > {length}"
            )));
        } else {
            picks.push(None);
        }
    }
    Ok(take(list.values(), &UInt32Array::from(picks), None)?)
}

fn map_at(args: &Args, strict: bool) -> Result<ArrayRef> {
    let map = args.arrays[0].as_map();
    let wanted = cast(&args.arrays[1], map.key_type())?;
    let texts =
        |array: &ArrayRef| Cells::new(array, &Field::new("", array.data_type().clone(), true));
    let (keys, wanted_cells) = (texts(map.keys()), texts(&wanted));
    let (mut key, mut want) = (String::new(), String::new());
    let mut picks = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        want.clear();
        if map.is_null(row) || !wanted_cells.write(row, &mut want) {
            picks.push(None);
            continue;
        }
        let (from, to) = (map.value_offsets()[row], map.value_offsets()[row + 1]);
        let found = (from..to).find(|at| {
            key.clear();
            keys.write(*at as usize, &mut key) && key == want
        });
        if found.is_none() && strict {
            return Err(invalid(format!("Key not present in map: {want}")));
        }
        picks.push(found.and_then(|at| u32::try_from(at).ok()));
    }
    Ok(take(map.values(), &UInt32Array::from(picks), None)?)
}

fn cardinality(args: &Args) -> Result<ArrayRef> {
    let array = &args.arrays[0];
    let sizes: Int64Array = match array.data_type() {
        DataType::Map(..) => {
            let map = array.as_map();
            (0..map.len())
                .map(|r| map.is_valid(r).then(|| i64::from(map.value_length(r))))
                .collect()
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            let list = small_list(array)?;
            (0..list.len())
                .map(|r| list.is_valid(r).then(|| i64::from(list.value_length(r))))
                .collect()
        }
        DataType::Null => Int64Array::from(vec![None; array.len()]),
        _ => return Err(unexpected("cardinality", &[type_name(&args.fields[0])]).into()),
    };
    Ok(Arc::new(sizes))
}

/// NULL elements are left out, unless there is a text for them.
fn join(args: &Args) -> Result<ArrayRef> {
    let list = small_list(&args.arrays[0])?;
    let separators = args.strings(1)?;
    let nulls = if args.len() > 2 { Some(args.strings(2)?) } else { None };
    let field = Field::new("", list.value_type(), true);
    let cells = Cells::new(list.values(), &field);
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        if list.is_null(row) || separators.is_null(row) {
            out.append_null();
            continue;
        }
        let mut text = String::new();
        let mut first = true;
        for at in list.value_offsets()[row]..list.value_offsets()[row + 1] {
            let mut item = String::new();
            if !cells.write(at as usize, &mut item) {
                match &nulls {
                    Some(nulls) => item.push_str(nulls.value(row)),
                    None => continue,
                }
            }
            if !first {
                text.push_str(separators.value(row));
            }
            text.push_str(&item);
            first = false;
        }
        out.append_value(text);
    }
    Ok(Arc::new(out.finish()))
}

fn entries_type(key: &DataType, value: &DataType) -> DataType {
    let fields = Fields::from(vec![
        Field::new("key", key.clone(), false),
        Field::new("value", value.clone(), true),
    ]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false)
}

fn item_type(field: &Field) -> DataType {
    match field.data_type() {
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            of.data_type().clone()
        }
        other => other.clone(),
    }
}

fn map_type(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    Ok(Field::new("f", entries_type(&item_type(&fields[0]), &item_type(&fields[1])), true))
}

/// A map of two arrays; of equal keys the first stays, a NULL key is left out.
fn map_from(args: &Args) -> Result<ArrayRef> {
    let (keys, values) = (small_list(&args.arrays[0])?, small_list(&args.arrays[1])?);
    let cells = Cells::new(keys.values(), &Field::new("", keys.value_type(), true));
    let (mut key_picks, mut value_picks, mut ends) = (Vec::new(), Vec::new(), vec![0_i32]);
    for row in 0..args.rows {
        let mut seen = std::collections::HashSet::new();
        let both = keys.is_valid(row) && values.is_valid(row);
        let length = if both { keys.value_length(row).min(values.value_length(row)) } else { 0 };
        for n in 0..length {
            let key = keys.value_offsets()[row] + n;
            let mut text = String::new();
            if cells.write(key as usize, &mut text) && seen.insert(text) {
                key_picks.push(key as u32);
                value_picks.push((values.value_offsets()[row] + n) as u32);
            }
        }
        ends.push(i32::try_from(key_picks.len()).unwrap_or(i32::MAX));
    }
    let columns = vec![
        take(keys.values(), &UInt32Array::from(key_picks), None)?,
        take(values.values(), &UInt32Array::from(value_picks), None)?,
    ];
    build_map(
        args.returns.data_type(),
        columns,
        ends,
        NullBuffer::union(keys.nulls(), values.nulls()),
    )
}

fn build_map(
    kind: &DataType,
    columns: Vec<ArrayRef>,
    ends: Vec<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::Map(entries, sorted) = kind else {
        return Err(invalid("a map was wanted"));
    };
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(invalid("a map was wanted"));
    };
    let rows = StructArray::try_new(fields.clone(), columns, None)?;
    let map =
        MapArray::try_new(entries.clone(), OffsetBuffer::new(ends.into()), rows, nulls, *sorted)?;
    Ok(Arc::new(map))
}

fn histogram_type(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    Ok(Field::new("f", entries_type(&item_type(&fields[0]), &DataType::Int64), true))
}

fn histogram(args: &Args) -> Result<ArrayRef> {
    let list = small_list(&args.arrays[0])?;
    let cells = Cells::new(list.values(), &Field::new("", list.value_type(), true));
    let (mut picks, mut counts, mut ends) = (Vec::new(), Vec::<i64>::new(), vec![0_i32]);
    for row in 0..args.rows {
        let mut seen = std::collections::HashMap::new();
        if list.is_valid(row) {
            for at in list.value_offsets()[row]..list.value_offsets()[row + 1] {
                let mut text = String::new();
                if !cells.write(at as usize, &mut text) {
                    continue;
                }
                let slot = *seen.entry(text).or_insert_with(|| {
                    picks.push(at as u32);
                    counts.push(0);
                    counts.len() - 1
                });
                counts[slot] += 1;
            }
        }
        ends.push(i32::try_from(picks.len()).unwrap_or(i32::MAX));
    }
    let columns: Vec<ArrayRef> = vec![
        take(list.values(), &UInt32Array::from(picks), None)?,
        Arc::new(Int64Array::from(counts)),
    ];
    build_map(args.returns.data_type(), columns, ends, list.nulls().cloned())
}

fn reverse(args: &Args) -> Result<ArrayRef> {
    if !matches!(args.arrays[0].data_type(), DataType::List(_)) {
        let texts: datafusion::arrow::array::StringArray = args
            .strings(0)?
            .iter()
            .map(|t| t.map(|t| t.chars().rev().collect::<String>()))
            .collect();
        return Ok(cast(&texts, args.returns.data_type())?);
    }
    let list = args.arrays[0].as_list::<i32>();
    let mut picks = Vec::new();
    let mut ends = vec![0_i32];
    for row in 0..list.len() {
        let range = list.value_offsets()[row]..list.value_offsets()[row + 1];
        picks.extend(range.rev().map(|at| at as u32));
        ends.push(i32::try_from(picks.len()).unwrap_or(i32::MAX));
    }
    let values = take(list.values(), &UInt32Array::from(picks), None)?;
    let DataType::List(of) = list.data_type() else { return Ok(args.arrays[0].clone()) };
    let out = ListArray::try_new(
        of.clone(),
        OffsetBuffer::new(ends.into()),
        values,
        list.nulls().cloned(),
    )?;
    Ok(Arc::new(out))
}
