//! The rooms of the program and the arrows between them, as `docs/architecture.md` has them: a
//! `use` of a room that its room may not know fails here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may name. Every room may name itself; `main` is wiring and
/// may name all.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("lake", &["model"]),
    ("transfer", &["lake", "model"]),
    ("listing", &["lake", "model"]),
    ("preview", &["lake", "model"]),
    ("query", &["lake", "model"]),
    ("govern", &["lake", "model"]),
    ("local", &["model"]),
    ("ui", &["model"]),
    ("terminal", &[]),
    ("work", &["lake", "transfer", "listing", "preview", "query", "govern", "model", "ui"]),
    ("run", &["ui", "work", "terminal", "lake", "model"]),
    // The verbs are wiring of their own: they open lakes, print the keymap and serve.
    (
        "cli",
        &[
            "config", "govern", "lake", "listing", "local", "model", "preview", "query", "run",
            "transfer", "ui", "work",
        ],
    ),
    (
        "main",
        &[
            "cli", "config", "govern", "lake", "listing", "local", "model", "preview", "query",
            "run", "terminal", "transfer", "ui", "work",
        ],
    ),
];

/// What the crate is called where `main` names it.
const CRATE: &str = "lakehand";

fn may_name(room: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(name, _)| *name == room).map(|(_, may)| *may)
}

/// The room of a file: its folder below `src`, or its own name.
fn room_of(path: &Path) -> String {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    let first = parts.next().unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(&first).to_owned()
}

/// The rooms that `text` names, with the line of each.
fn named_rooms(text: &str) -> Vec<(usize, String)> {
    let code = without_comments(&without_tests(text));
    let mut found = Vec::new();
    for (start, root) in roots(&code) {
        let line = code[..start].matches('\n').count() + 1;
        for room in first_segments(&code[start + root..]) {
            found.push((line, room));
        }
    }
    found
}

/// Where a path begins that leads into the crate, and how long its beginning is.
fn roots(code: &str) -> Vec<(usize, usize)> {
    let mut roots = Vec::new();
    for root in ["crate::".to_owned(), format!("{CRATE}::")] {
        for (at, _) in code.match_indices(&root) {
            let before = code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                roots.push((at, root.len()));
            }
        }
    }
    roots
}

/// The first segment after the root; all of them for `{a::b, c}`.
fn first_segments(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![identifier(rest)];
    };
    let mut depth = 1;
    let mut segments = Vec::new();
    let mut fresh = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && (c.is_alphabetic() || c == '_') => {
                segments.push(identifier(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    segments
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Tests sit at the end of their file and may set up what they like.
fn without_tests(text: &str) -> String {
    match text.find("\n#[cfg(test)]\nmod tests {") {
        Some(at) => text[..at].to_owned(),
        None => text.to_owned(),
    }
}

/// Line comments are blanked, so that prose may name what code may not.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| match line.trim_start().starts_with("//") {
            true => "",
            false => line.split(" // ").next().unwrap_or(line),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// What is wrong with one file; `path` is below `src`.
fn wrong_arrows(path: &Path, text: &str) -> Vec<String> {
    let room = room_of(path);
    if room == "lib" {
        return Vec::new();
    }
    let place = path.display();
    let Some(may) = may_name(&room) else {
        return vec![format!("{place}: the room {room} is not in the table")];
    };
    named_rooms(text)
        .into_iter()
        .filter(|(_, named)| *named != room && may_name(named).is_some())
        .filter(|(_, named)| !may.contains(&named.as_str()))
        .map(|(line, named)| format!("{place}:{line}: {room} → {named}"))
        .collect()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn is_test_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
        || path.iter().any(|part| part == "tests")
}

#[test]
fn no_room_names_one_it_may_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&src) {
        let below = file.strip_prefix(&src).expect("a file below src");
        if !is_test_file(below) {
            let text = fs::read_to_string(&file).expect("a source file");
            wrong.extend(wrong_arrows(below, &text));
        }
    }
    assert!(wrong.is_empty(), "arrows that are not in the table:\n{}", wrong.join("\n"));
}

/// Only `lake` speaks to the SDK's services; the local lake reads none of its types either.
#[test]
fn only_the_lake_names_the_sdk() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = BTreeSet::new();
    for file in rust_files(&src) {
        let below = file.strip_prefix(&src).expect("a file below src");
        let text = without_comments(&without_tests(&fs::read_to_string(&file).expect("text")));
        if !is_test_file(below) && room_of(below) != "lake" && text.contains("aws_sdk_") {
            wrong.insert(below.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "these name aws_sdk_*: {wrong:?}");
}

#[test]
fn every_module_of_the_crate_is_in_the_table() {
    let lib = include_str!("../../src/lib.rs");
    for line in lib.lines() {
        if let Some(module) = line.strip_prefix("pub mod ") {
            let room = module.trim_end_matches(';');
            assert!(may_name(room).is_some(), "{room} has no arrows in the table");
        }
    }
}

#[test]
fn a_wrong_arrow_is_found_however_it_is_written() {
    for (file, text, wanted) in [
        ("ui/app.rs", "use crate::lake::Lake;\n", "ui/app.rs:1: ui → lake"),
        (
            "ui/app.rs",
            "fn f() {}\nuse crate::{\n    model::Mode,\n    work::{Crew, x},\n};\n",
            "ui/app.rs:2: ui → work",
        ),
        ("lake/s3.rs", "\nfn f() { crate::govern::shown(\"\"); }\n", "lake/s3.rs:2: lake → govern"),
        (
            "query/mod.rs",
            "pub(crate) use crate::transfer::x;\n",
            "query/mod.rs:1: query → transfer",
        ),
        ("terminal.rs", "use crate::ui::App;\n", "terminal.rs:1: terminal → ui"),
        ("model/a.rs", "type T = Vec<crate::lake::Lake>;\n", "model/a.rs:1: model → lake"),
        ("local/mod.rs", "use lakehand::lake::Lake;\n", "local/mod.rs:1: local → lake"),
        ("cellar/mod.rs", "", "cellar/mod.rs: the room cellar is not in the table"),
    ] {
        assert_eq!(wrong_arrows(Path::new(file), text), [wanted], "{text}");
    }
}

#[test]
fn a_right_arrow_is_let_through() {
    for (file, text) in [
        ("ui/app.rs", "use crate::model::mode::Mode;\nuse crate::ui::theme;\n"),
        ("ui/app.rs", "// use crate::lake::Lake;\n//! crate::work::Crew\n"),
        ("lake/mod.rs", "use crate::model::{uri, mode};\nuse aws_sdk_s3 as s3;\n"),
        ("lake/mod.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::govern::x;\n}\n"),
        ("main.rs", "use lakehand::cli;\nuse lakehand::run;\n"),
        ("transfer/mod.rs", "use my_crate::ui::x;\nmacro_rules! m { () => { $crate::x } }\n"),
    ] {
        assert_eq!(wrong_arrows(Path::new(file), text), [""; 0], "{text}");
    }
}
