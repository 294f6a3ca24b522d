//! Reading a manifest as a stream. What is in it was written by anybody: it is data.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Entry, FAMILY, Header, SCHEMA, Totals};
use crate::model::trouble::{Kind, Trouble};

/// A manifest that was read through once and is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub file: PathBuf,
    pub header: Header,
    pub totals: Totals,
}

/// Reads it through, so that a damaged one is told before anything is done by it. Blocking.
///
/// # Errors
/// [`Kind::Disk`] where it cannot be read, [`Kind::Integrity`] where it is damaged, is none of
/// ours, or of a newer lakehand.
pub fn open(file: &Path) -> Result<Manifest, Trouble> {
    let mut counted = Totals::default();
    let mut count = |entry: Entry| {
        counted.count(&entry);
        ControlFlow::Continue(())
    };
    let Reader { header, totals, .. } = read(file, &mut count)?;
    match totals {
        Some(totals) if totals == counted => Ok(Manifest { file: file.to_owned(), header, totals }),
        Some(_) => Err(wrong(file, "it is damaged: its totals are not those of its objects")),
        None => Err(wrong(file, "it is damaged: its totals are missing")),
    }
}

/// Hands every entry to `tell`, until it breaks off. Blocking.
///
/// # Errors
/// As [`open`].
pub fn each(
    manifest: &Manifest,
    mut tell: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Trouble> {
    read(&manifest.file, &mut tell).map(drop)
}

type Tell<'a> = &'a mut dyn FnMut(Entry) -> ControlFlow<()>;

/// What has been read so far.
struct Reader<'a> {
    tell: Tell<'a>,
    header: Header,
    totals: Option<Totals>,
    broken_off: bool,
}

fn read<'a>(file: &Path, tell: Tell<'a>) -> Result<Reader<'a>, Trouble> {
    let disk = |error: &std::io::Error| Trouble::disk(what(file), error);
    // It is read twice, and opening a pipe would wait for somebody to write.
    if !std::fs::metadata(file).map_err(|error| disk(&error))?.is_file() {
        return Err(Trouble::new(Kind::Disk, what(file), "it is not a regular file"));
    }
    let from = File::open(file).map_err(|error| disk(&error))?;
    let from = BufReader::with_capacity(256 * 1024, from);
    let mut reader = Reader { tell, header: Header::default(), totals: None, broken_off: false };
    let read = reader.read(from);
    match read {
        Ok(()) if reader.header.schema == SCHEMA => Ok(reader),
        Err(_) if reader.broken_off => Ok(reader),
        Err(error) if error.is_io() => Err(disk(&error.into())),
        read => Err(wrong(file, reader.complaint(read.err()))),
    }
}

fn wrong(file: &Path, why: impl Into<String>) -> Trouble {
    Trouble::new(Kind::Integrity, what(file), why)
}

fn what(file: &Path) -> String {
    format!("read the manifest {}", file.display())
}

/// So much is quoted of what somebody else wrote.
const QUOTED: usize = 200;

fn clipped(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}

impl Reader<'_> {
    fn read(&mut self, from: impl Read) -> Result<(), serde_json::Error> {
        let mut json = serde_json::Deserializer::from_reader(from);
        Document(self).deserialize(&mut json)?;
        json.end()
    }

    /// What is wrong with a document that could not be read, or says that it is another.
    fn complaint(&self, error: Option<serde_json::Error>) -> String {
        const NONE_OF_OURS: &str = "it is not a manifest of lakehand's transfers";
        let schema = clipped(&self.header.schema);
        match (schema.as_str(), error) {
            (SCHEMA, Some(error)) => format!("it is damaged: {}", clipped(&error.to_string())),
            (schema, _) if schema.starts_with(FAMILY) => {
                format!("a newer lakehand wrote it ({schema}); use that version")
            }
            ("", Some(error)) => format!("{NONE_OF_OURS}: {}", clipped(&error.to_string())),
            ("", None) => NONE_OF_OURS.to_owned(),
            (schema, _) => format!("{NONE_OF_OURS}, but {schema:?}"),
        }
    }

    /// One field; `objects` are handed on as they come.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let header = &mut self.header;
        match name {
            "schema" => {
                header.schema = map.next_value()?;
                // The fields of another document mean something else.
                if header.schema != SCHEMA {
                    return Err(de::Error::custom("another schema"));
                }
            }
            "lakehand" => header.lakehand = map.next_value()?,
            "lake" => header.lake = map.next_value()?,
            "batch" => header.batch = map.next_value()?,
            "verb" => header.verb = map.next_value()?,
            "sources" => header.sources = map.next_value()?,
            "destination" => header.destination = map.next_value()?,
            "approval" => header.approval = map.next_value()?,
            "identity" => header.identity = map.next_value()?,
            "audit_head" => header.audit_head = map.next_value()?,
            "began" => header.began = map.next_value()?,
            "ended" => header.ended = map.next_value()?,
            "totals" => self.totals = Some(map.next_value()?),
            "objects" => map.next_value_seed(Objects(self))?,
            // Of a newer version; this one is none the wiser.
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct Document<'a, 'b>(&'a mut Reader<'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.field(&name, &mut map)?;
        }
        Ok(())
    }
}

struct Objects<'a, 'b>(&'a mut Reader<'b>);

impl<'de> DeserializeSeed<'de> for Objects<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(entry) = seq.next_element()? {
            if (self.0.tell)(entry).is_break() {
                self.0.broken_off = true;
                return Err(de::Error::custom("broken off"));
            }
        }
        Ok(())
    }
}
