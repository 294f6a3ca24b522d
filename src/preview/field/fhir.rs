//! FHIR resources, one a line: what HealthLake and bulk exports write.

use std::collections::{BTreeMap, VecDeque};
use std::io;

use serde_json::Value;

use super::super::input::Input;
use super::super::look::{Fault, Look, Row, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::{Line, Lines};
use super::{bounded, cell, columns, cut};

/// What is kept of a line; a longer resource is not understood.
const KEEP: usize = 4 << 20;
/// Over how many resources the types are counted, and over how many bytes.
const COUNTED: usize = 500;
const COUNTED_BYTES: usize = 1 << 20;
/// As much of the first resource is laid out, in bytes.
const PRETTY: usize = 1 << 20;
/// The members that tell most of a resource, whatever its type.
const TELLING: &[&str] = &[
    "status",
    "code",
    "type",
    "class",
    "name",
    "gender",
    "birthDate",
    "subject",
    "patient",
    "valueQuantity",
    "valueString",
    "valueCodeableConcept",
    "medicationCodeableConcept",
    "effectiveDateTime",
    "onsetDateTime",
    "authoredOn",
    "period",
    "issued",
    "date",
    "url",
];

/// # Errors
/// Where not even a first line can be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    let mut counts = BTreeMap::<String, usize>::new();
    let mut first = None;
    let mut rows = VecDeque::new();
    let mut bytes = 0;
    // A fault after some resources is met again by the pages.
    let mut fault = None;
    while rows.len() < COUNTED && bytes < COUNTED_BYTES {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) if rows.is_empty() => return Err(error),
            Err(error) => {
                fault = Some(error);
                break;
            }
        };
        bytes += line.text.len();
        let row = match serde_json::from_slice::<Value>(&line.text) {
            Ok(resource) => {
                let row = row(&resource);
                *counts
                    .entry(row[0].clone().unwrap_or_else(|| "no type".to_owned()))
                    .or_default() += 1;
                first.get_or_insert(resource);
                row
            }
            Err(_) => odd(&line),
        };
        rows.push_back(row);
    }
    let sections = sections(counts, rows.len(), first.as_ref());
    let step = move || match rows.pop_front() {
        Some(row) => Ok(Some(row)),
        None => match fault.clone() {
            Some(fault) => Err(fault),
            None => Ok(lines.next()?.map(|line| told(&line))),
        },
    };
    Ok(Look {
        kind: plain::named(&[Some("FHIR NDJSON"), input.packing]),
        sections,
        shape: Shape::Table(columns(&[
            ("resourceType", "string"),
            ("id", "string"),
            ("summary", "string"),
        ])),
        pages: Box::new(OneByOne::new(step)),
    })
}

fn sections(counts: BTreeMap<String, usize>, read: usize, first: Option<&Value>) -> Vec<Section> {
    let mut types: Vec<_> = counts.into_iter().collect();
    types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let lines = types.into_iter().map(|(name, count)| format!("{count}  {name}"));
    let mut sections = vec![Section {
        title: format!("Resource types, of the first {read} lines"),
        lines: bounded(lines),
        folded: false,
    }];
    if let Some(first) = first {
        let lines = bounded(pretty(first).lines().map(|line| cell(line.as_bytes())));
        let title = "The first resource".to_owned();
        sections.push(Section { title, lines, folded: true });
    }
    sections
}

fn told(line: &Line) -> Row {
    serde_json::from_slice::<Value>(&line.text)
        .map_or_else(|_| odd(line), |resource| row(&resource))
}

/// A resource line by line, as far as a section may be long: set in by its depth, one of a few
/// bytes takes many times as many.
fn pretty(resource: &Value) -> String {
    struct Enough(Vec<u8>);

    impl io::Write for Enough {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.extend_from_slice(bytes);
            match self.0.len() < PRETTY {
                true => Ok(bytes.len()),
                false => Err(io::ErrorKind::WriteZero.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut text = Enough(Vec::new());
    let whole = serde_json::to_writer_pretty(&mut text, resource).is_ok();
    let text = String::from_utf8_lossy(&text.0).into_owned();
    if whole { text } else { text + "…" }
}

/// A line that is no resource.
fn odd(line: &Line) -> Row {
    vec![None, None, Some(cell(&line.text))]
}

fn row(resource: &Value) -> Row {
    let text = |name: &str| resource[name].as_str().map(|text| cell(text.as_bytes()));
    let telling = TELLING.iter().filter_map(|name| {
        let told = brief(resource.get(name)?, 0);
        (!told.is_empty()).then(|| format!("{name}: {told}"))
    });
    let summary = telling.collect::<Vec<_>>().join(" · ");
    vec![text("resourceType"), text("id"), Some(cell(summary.as_bytes()))]
}

/// A value in some words: of a list its first, of a structure what a person would read.
fn brief(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => cut(text, 80),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(items) => items.first().map(|item| brief(item, depth)).unwrap_or_default(),
        Value::Object(members) if depth < 4 => {
            // Each group is one way to say it; the first that is there is enough.
            const WAYS: &[&[&str]] = &[
                &["text"],
                &["display"],
                &["reference"],
                &["given", "family"],
                &["value", "unit"],
                &["start", "end"],
                &["coding"],
                &["code"],
                &["value"],
            ];
            let tell = |names: &&[&str]| {
                let parts = names.iter().filter_map(|name| members.get(*name));
                let parts: Vec<String> = parts
                    .map(|part| brief(part, depth + 1))
                    .filter(|part| !part.is_empty())
                    .collect();
                (!parts.is_empty()).then(|| parts.join(" "))
            };
            WAYS.iter().find_map(tell).unwrap_or_default()
        }
        Value::Object(_) | Value::Null => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_resource_is_laid_out_as_far_as_is_shown() {
        let deep = format!("{}{}0{}", "[".repeat(100), "0,".repeat(100_000), "]".repeat(100));
        let text = pretty(&serde_json::from_str(&deep).unwrap());
        assert!(text.len() <= PRETTY + 1000 && text.ends_with('…'), "{}", text.len());
        assert_eq!(pretty(&serde_json::json!({"a": [1]})), "{\n  \"a\": [\n    1\n  ]\n}");
    }
}
