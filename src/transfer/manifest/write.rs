//! Writing a manifest, one object after the other.

use std::io::{self, Write};

use serde::Serialize;

use super::{Entry, Header, Totals};

/// Writes the header, a line for every entry, and the totals.
///
/// # Errors
/// As writing to `out`.
pub(super) fn write(
    out: &mut impl Write,
    header: &Header,
    entries: impl Iterator<Item = Entry>,
) -> io::Result<Totals> {
    // A struct as JSON is `{…}`; its closing brace is ours to write.
    let head = serde_json::to_string_pretty(header)?;
    let open = head.trim_end_matches(['\n', '}']);
    write!(out, "{open},\n  \"objects\": [")?;
    let mut totals = Totals::default();
    for entry in entries {
        out.write_all(if totals.objects == 0 { b"\n" } else { b",\n" })?;
        totals.count(&entry);
        line(out, &entry)?;
    }
    out.write_all(b"\n  ],\n  \"totals\": ")?;
    line(out, &totals)?;
    out.write_all(b"\n}\n").map(|()| totals)
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}
