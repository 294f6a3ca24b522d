//! What the grid shows of a result: the rows of a window, and one whole cell.

use std::io;
use std::ops::Range;

use super::sql::{gone, on_disk};
use super::{Cx, blocking};
use crate::model::json;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::query::spool::Glance;
use crate::ui::panes::sql::{News, Value};
use crate::ui::widgets::text;

/// What a grid gets of a cell, in bytes.
const GLANCE: usize = 400;
/// What is shown of a whole cell, in bytes.
const WHOLE: usize = 1 << 20;

/// `None` where another order is shown by now.
pub(super) async fn window(
    generation: u32,
    turn: u32,
    places: Range<usize>,
    cx: &Cx,
) -> Result<Option<News>, Trouble> {
    let kept = cx.bench().kept(generation).ok_or_else(gone)?;
    let (now, order) = kept.order();
    if turn != now {
        return Ok(None);
    }
    let (first, rows) = (places.start, kept.snapshot());
    let read = move || {
        let Some(order) = order else { return Ok((Vec::new(), rows.glance(places, GLANCE)?)) };
        let numbers = order.rows(places)?;
        let glance = |number: &u32| rows.glance_at(*number as usize, GLANCE);
        let rows = numbers.iter().map(glance).collect::<io::Result<Vec<_>>>()?;
        Ok((numbers, rows))
    };
    let (numbers, rows) = blocking(read).await.map_err(|error: io::Error| on_disk(&error))?;
    let rows = rows.into_iter().map(|row| row.into_iter().map(glance).collect()).collect();
    Ok(Some(News::Window { generation, turn, first, numbers, rows }))
}

/// What a grid can show of a cell.
fn glance(value: Glance) -> Value {
    match value {
        Glance::Null => Value::Null,
        Glance::Whole(text) => Value::Text(Shown::of(&text)),
        Glance::Cut(text) => Value::Cut(Shown::of(&text)),
    }
}

pub(super) async fn cell(
    generation: u32,
    row: usize,
    column: usize,
    copy: bool,
    cx: &Cx,
) -> Result<News, Trouble> {
    let kept = cx.bench().kept(generation).ok_or_else(gone)?;
    let rows = kept.snapshot();
    let places = kept.clone();
    let row = blocking(move || rows.row(places.number(row)?));
    let row = row.await.map_err(|error| on_disk(&error))?;
    let row = row.ok_or_else(gone)?;
    let value = row.rows().next().and_then(|row| row.cells().nth(column));
    let name = kept.columns.get(column);
    let mut title = name.map(|c| format!("{} {}", c.name, c.kind)).unwrap_or_default();
    let lines = match value.ok_or_else(gone)? {
        None => {
            title.push_str(" · NULL");
            Vec::new()
        }
        Some(text) => {
            let end = text.floor_char_boundary(WHOLE);
            if end < text.len() {
                let (shown, all) = (text::bytes(end as u64), text::bytes(text.len() as u64));
                title.push_str(&format!(" · the first {shown} of {all}"));
            }
            let whole = if end == text.len() { json::pretty(text) } else { None };
            match whole.filter(|_| !copy) {
                Some(pretty) => Shown::lines(&pretty),
                None => Shown::lines(&text[..end]),
            }
        }
    };
    Ok(News::Cell { generation, title: Shown::of(&title), lines, copy })
}
