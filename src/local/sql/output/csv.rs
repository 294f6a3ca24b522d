//! Athena's CSV: every value that is not NULL is quoted, NULL is nothing at all.

use std::io::{self, BufRead, Write};

use datafusion::arrow::array::RecordBatch;

use super::cell::Cells;

/// Writes rows as Athena's result object has them.
pub struct CsvWriter<W: Write> {
    out: W,
    line: String,
    cell: String,
    rows: u64,
}

impl<W: Write> CsvWriter<W> {
    /// Begins with the header.
    pub fn new(mut out: W, names: &[String]) -> io::Result<Self> {
        let mut line = String::new();
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                line.push(',');
            }
            write_field(name, &mut line);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
        Ok(Self { out, line, cell: String::new(), rows: 0 })
    }

    /// Appends a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let schema = batch.schema();
        let columns: Vec<Cells> = batch
            .columns()
            .iter()
            .zip(schema.fields())
            .map(|(array, field)| Cells::new(array, field))
            .collect();
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.line.push(',');
                }
                self.cell.clear();
                if column.write(row, &mut self.cell) {
                    write_field(&self.cell, &mut self.line);
                }
            }
            self.line.push('\n');
            self.out.write_all(self.line.as_bytes())?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows written, without the header.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Appends one quoted value.
pub fn write_field(value: &str, out: &mut String) {
    out.push('"');
    for (at, part) in value.split('"').enumerate() {
        if at > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

/// Reads up to `most` records, with the bytes they took; None is NULL.
#[allow(clippy::type_complexity)]
pub fn read_rows(
    from: &mut impl BufRead,
    most: usize,
) -> io::Result<(Vec<Vec<Option<String>>>, u64)> {
    let (mut rows, mut taken) = (Vec::new(), 0);
    let mut line = Vec::new();
    while rows.len() < most {
        line.clear();
        // A record ends at the first line end outside of quotes.
        loop {
            let n = from.read_until(b'\n', &mut line)?;
            taken += n as u64;
            let quotes = line.iter().filter(|b| **b == b'"').count();
            if n == 0 || quotes % 2 == 0 {
                break;
            }
        }
        if line.is_empty() {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        rows.push(record(text.strip_suffix('\n').unwrap_or(&text)));
    }
    Ok((rows, taken))
}

fn record(line: &str) -> Vec<Option<String>> {
    let mut fields = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        let mut field = None;
        if chars.peek() == Some(&'"') {
            chars.next();
            let mut text = String::new();
            while let Some(c) = chars.next() {
                if c != '"' {
                    text.push(c);
                } else if chars.peek() == Some(&'"') {
                    chars.next();
                    text.push('"');
                } else {
                    break;
                }
            }
            field = Some(text);
        }
        fields.push(field);
        // Up to the comma that ends the field.
        let mut more = false;
        for c in chars.by_ref() {
            if c == ',' {
                more = true;
                break;
            }
        }
        if !more {
            return fields;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_the_empty_string_differ_and_come_back() {
        let mut text = String::new();
        write_field("", &mut text);
        text.push_str(",,");
        write_field("a \"b\"\n, c", &mut text);
        text.push('\n');
        assert_eq!(text, "\"\",,\"a \"\"b\"\"\n, c\"\n");
        let (rows, taken) = read_rows(&mut text.as_bytes(), 10).unwrap();
        assert_eq!(taken, text.len() as u64);
        assert_eq!(rows, [[Some("".to_owned()), None, Some("a \"b\"\n, c".to_owned())]]);
    }
}
