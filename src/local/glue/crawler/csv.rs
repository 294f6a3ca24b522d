//! Delimited text: the delimiter, whether there is a header, the types of the columns.

use std::collections::BTreeSet;

use super::found::Format;
use super::kind::Kind;

/// A table of delimited text.
pub struct Sheet {
    pub format: Format,
    pub columns: Vec<(String, Kind)>,
    /// Data rows, without the header.
    pub rows: u64,
}

/// In the order in which they are preferred where two fit equally well.
const DELIMITERS: [u8; 5] = [b',', b'\t', b'|', b';', 1];

/// A name longer than this is no header (Glue's rule).
const LONGEST_NAME: usize = 150;

/// `None` where no delimiter gives rows of one width, of two columns at least.
pub fn infer(text: &str) -> Option<Sheet> {
    let read =
        DELIMITERS.iter().filter_map(|delimiter| Some((*delimiter, rows(text, *delimiter)?)));
    // The widest; the first among equals.
    let (delimiter, rows) = read.reduce(|a, b| if b.1[0].len() > a.1[0].len() { b } else { a })?;
    let header = has_header(&rows);
    let quoted = is_quoted(text, delimiter);
    let data = &rows[usize::from(header)..];
    let columns = (0..rows[0].len()).map(|index| {
        let name = if header { rows[0][index].trim().to_owned() } else { format!("col{index}") };
        let kind = column_kind(data.iter().map(|row| row[index].as_str()), quoted);
        (name, kind)
    });
    let columns = columns.collect();
    Some(Sheet {
        format: Format::Csv { delimiter, quoted, header },
        columns,
        rows: data.len() as u64,
    })
}

/// All rows, if they have the same width and more than one column.
fn rows(text: &str, delimiter: u8) -> Option<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(false)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.ok()?;
        if record.len() < 2 {
            return None;
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    if rows.is_empty() { None } else { Some(rows) }
}

/// A quote right at the edge of a field.
fn is_quoted(text: &str, delimiter: u8) -> bool {
    let edge = char::from(delimiter);
    text.lines().any(|line| line.starts_with('"') || line.contains(&format!("{edge}\"")))
}

/// Glue's rule: names that are unique, none empty (but the last), none of another type than
/// text, and data of other types below. Where all the data is text too, the first row is a
/// header if it looks like names and no column repeats its own.
fn has_header(rows: &[Vec<String>]) -> bool {
    let [names, data @ ..] = rows else { return false };
    let trimmed: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let unique: BTreeSet<String> = trimmed.iter().map(|name| name.to_lowercase()).collect();
    let (last, rest) = trimmed.split_last().unwrap_or((&"", &[]));
    let could = unique.len() == trimmed.len()
        && rest.iter().all(|name| !name.is_empty())
        && trimmed.iter().all(|name| name.len() <= LONGEST_NAME && is_text(name));
    if !could || data.is_empty() {
        return false;
    }
    let other_types = (0..names.len()).any(|index| {
        let cells = data.iter().map(|row| row[index].as_str());
        !matches!(column_kind(cells, false), Kind::Text | Kind::Null)
    });
    let named = !last.is_empty() && trimmed.iter().all(|name| looks_like_a_name(name));
    let repeated = (0..names.len()).any(|index| data.iter().any(|row| row[index] == names[index]));
    other_types || (named && !repeated)
}

fn is_text(cell: &str) -> bool {
    cell_kind(cell) == Kind::Text || cell.is_empty()
}

fn looks_like_a_name(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '#');
    first && letters.all(|c| c.is_alphanumeric() || "_ .-/()#%".contains(c))
}

/// Empty cells are NULL to LazySimpleSerDe. OpenCSVSerde cannot read an empty cell as a
/// number, so a quoted column with one is text.
fn column_kind<'a>(cells: impl Iterator<Item = &'a str>, quoted: bool) -> Kind {
    let mut kind = Kind::Null;
    for cell in cells {
        let next = if cell.is_empty() && !quoted { Kind::Null } else { cell_kind(cell) };
        kind = kind.or(next);
        if kind == Kind::Text {
            break;
        }
    }
    kind
}

/// Dates stay text, as Glue leaves them; so do numbers with leading zeros, which are names.
fn cell_kind(cell: &str) -> Kind {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let numeric = digits.bytes().next().is_some_and(|c| c.is_ascii_digit() || c == b'.');
    let padded =
        digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    if !numeric || padded {
        Kind::Text
    } else if cell.parse::<i64>().is_ok() {
        Kind::Bigint
    } else if cell.parse::<f64>().is_ok_and(f64::is_finite) {
        Kind::Double
    } else {
        Kind::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(text: &str) -> (char, bool, bool, Vec<String>) {
        let sheet = infer(text).unwrap();
        let Format::Csv { delimiter, quoted, header } = sheet.format else { panic!() };
        let columns = sheet.columns.iter().map(|(name, kind)| format!("{name}:{}", kind.hive()));
        (char::from(delimiter), quoted, header, columns.collect())
    }

    #[test]
    fn delimiters_headers_and_types() {
        let (delimiter, quoted, header, columns) = brief("id,day,dose\n1,2026-01-01,1\n2,,2.5\n");
        assert_eq!((delimiter, quoted, header), (',', false, true));
        assert_eq!(columns, ["id:bigint", "day:string", "dose:double"]);
        assert_eq!(
            brief("chr1\t10\t20\nchr1\t30\t40\n").3,
            ["col0:string", "col1:bigint", "col2:bigint"]
        );
        assert_eq!(brief("a|b\n1|x,y\n").0, '|');
        assert_eq!(brief("a;b,c\n1;2,3\n").0, ',', "the first among equals");
    }

    #[test]
    fn quotes_choose_the_other_serde() {
        let (_, quoted, header, columns) =
            brief("id,name,dose\n1,\"Doe, Ann\",1.5\n2,,2.5\n3,Zoe,\n");
        assert!(quoted && header);
        assert_eq!(columns, ["id:bigint", "name:string", "dose:string"]);
    }

    #[test]
    fn text_below_text_may_have_a_header() {
        assert!(brief("gene,disease\nBRCA1,cancer\nCFTR,fibrosis\n").2);
        assert!(!brief("BRCA1,cancer\nBRCA1,cancer\n").2, "a row that repeats is data");
        assert!(!brief("1,2\n3,4\n").2);
    }

    #[test]
    fn names_with_leading_zeros_stay_text() {
        assert_eq!(brief("id,n\n007,0\n008,0.5\n").3, ["id:string", "n:double"]);
    }
}
