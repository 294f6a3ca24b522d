//! Which table an object would be to Athena.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};

use super::look::{self, Fault, Shape};
use super::packing::bare;
use super::plain::csv::Dialect;
use super::recognise::Format;
use super::source::Source;
use super::{Recognised, look_at, recognised};
use crate::model::query::Column;
use crate::model::sql::external::{Form, Tabular};

/// The table that an object is; `name` is its key.
///
/// # Errors
/// Where it cannot be read, or is of a kind that Athena does not read.
pub fn tabular(source: Arc<dyn Source>, name: &str) -> Result<Tabular, Fault> {
    let recognised = recognised(source, name)?;
    let mut caveats = packing_caveats(&recognised, name);
    let (form, columns) = match &recognised.format {
        Format::Parquet => (Form::Parquet, None),
        Format::Table(encoding, sketch) => {
            caveats.extend(text_caveats(encoding, &sketch.dialect));
            let Dialect { delimiter, header, quoted, .. } = sketch.dialect;
            let delimiter = char::from(delimiter);
            (Form::Delimited { delimiter, header, quoted }, Some(sketch.columns.clone()))
        }
        Format::JsonLines(encoding, columns) | Format::Fhir(encoding, columns) => {
            caveats.extend(encoding_caveat(encoding));
            (Form::Json, Some(columns.clone()))
        }
        Format::Bed => (Form::Delimited { delimiter: '\t', header: false, quoted: false }, None),
        other => return Err(refused(other)),
    };
    let columns = match columns {
        Some(columns) => columns,
        None => match look_at(recognised)?.shape {
            Shape::Table(columns) => columns,
            Shape::Lines => {
                return Err(Fault("Athena reads no table out of this object.".to_owned()));
            }
        },
    };
    Ok(Tabular { form, columns: columns.into_iter().map(named).collect(), caveats })
}

fn named(column: look::Column) -> Column {
    Column { name: column.name, kind: column.kind }
}

fn refused(format: &Format) -> Fault {
    Fault(match format {
        Format::Empty => "The object is empty: there is nothing to make columns of.".to_owned(),
        Format::Json(_) => {
            "Athena reads JSON one object a line, and this is one document.".to_owned()
        }
        Format::Zip => "Athena does not read zip archives.".to_owned(),
        _ => {
            "Athena reads Parquet, delimited text and JSON lines; this is none of them.".to_owned()
        }
    })
}

fn text_caveats(encoding: &'static Encoding, dialect: &Dialect) -> Vec<String> {
    let multiline = "Some fields have line ends in them: Athena reads line by line and tears them.";
    let torn = dialect.multiline.then(|| multiline.to_owned());
    encoding_caveat(encoding).into_iter().chain(torn).collect()
}

fn encoding_caveat(encoding: &'static Encoding) -> Option<String> {
    let name = encoding.name();
    (encoding != UTF_8).then(|| format!("The text is in {name}; Athena reads it as UTF-8."))
}

/// Athena knows what an object is packed with by its name alone.
fn packing_caveats(recognised: &Recognised, name: &str) -> Vec<String> {
    match recognised.packing() {
        Some(packing) if bare(name) == name => {
            vec![format!(
                "The object is packed with {packing}, but its name does not say so: Athena unpacks it by its name."
            )]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(name: &str, bytes: &'static [u8]) -> Result<Tabular, Fault> {
        tabular(Arc::new(Bytes::from_static(bytes)), name)
    }

    #[test]
    fn text_says_how_it_is_written_and_what_to_mind() {
        let found = of("a.csv", b"id;\"na\nme\"\n1;\"K\xf6ln M\xfcnchen\"\n2;x\n").unwrap();
        assert_eq!(found.form, Form::Delimited { delimiter: ';', header: false, quoted: true });
        assert_eq!(found.caveats.len(), 2, "{:?}", found.caveats);
        let found = of("a.jsonl", b"{\"a\":1,\"b\":[]}\n").unwrap();
        let wanted = [("a", "bigint"), ("b", "array")]
            .map(|(name, kind)| Column { name: name.to_owned(), kind: kind.to_owned() });
        assert_eq!((found.form, found.columns), (Form::Json, wanted.to_vec()));
    }

    #[test]
    fn what_is_no_table_says_why() {
        assert!(of("a.json", b"[1]").unwrap_err().0.contains("one object a line"));
        assert!(of("a", b"").unwrap_err().0.contains("empty"));
        assert!(of("a", b"\0\x01").unwrap_err().0.contains("none of them"));
    }
}
