//! Reads with the quality of each base, four lines each.

use super::super::input::Input;
use super::super::look::{Fault, Look, Row, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::Lines;
use super::{cell, columns};

/// What is kept of a line: the longest reads there are.
const KEEP: usize = 8 << 20;

/// # Errors
/// None: what cannot be read is told behind the rows.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    Ok(Look {
        kind: plain::named(&[Some("FASTQ"), input.packing]),
        sections: Vec::new(),
        shape: Shape::Table(columns(&[
            ("name", "string"),
            ("description", "string"),
            ("length", "bigint"),
            ("mean quality", "double"),
            ("sequence", "string"),
            ("quality", "string"),
        ])),
        pages: Box::new(OneByOne::new(move || read(&mut lines))),
    })
}

fn read(lines: &mut Lines) -> Result<Option<Row>, Fault> {
    let Some(title) = lines.next()? else { return Ok(None) };
    let at = lines.number();
    let odd = |why: &str| Fault(format!("The read at line {at} {why}."));
    let Some(name) = title.text.strip_prefix(b"@") else { return Err(odd("begins with no @")) };
    let cut_off = || odd("is cut off");
    let bases = lines.any()?.ok_or_else(cut_off)?;
    let plus = lines.any()?.ok_or_else(cut_off)?;
    if !plus.text.starts_with(b"+") {
        return Err(odd("has no + in its third line"));
    }
    let quality = lines.any()?.ok_or_else(cut_off)?;
    if quality.text.len() != bases.text.len() {
        return Err(odd("has not as many qualities as bases"));
    }
    let end = name.iter().position(u8::is_ascii_whitespace).unwrap_or(name.len());
    let told = name[end..].trim_ascii();
    let length = format!("{}{}", bases.text.len(), if bases.cut { "+" } else { "" });
    Ok(Some(vec![
        Some(cell(&name[..end])),
        (!told.is_empty()).then(|| cell(told)),
        Some(length),
        mean(&quality.text).map(|mean| format!("{mean:.1}")),
        Some(cell(&bases.text)),
        Some(cell(&quality.text)),
    ]))
}

/// The mean of the Phred scores, which are told by characters from `!` on.
fn mean(quality: &[u8]) -> Option<f64> {
    let sum: u64 = quality.iter().map(|byte| u64::from(byte.saturating_sub(b'!'))).sum();
    (!quality.is_empty()).then(|| sum as f64 / quality.len() as f64)
}
