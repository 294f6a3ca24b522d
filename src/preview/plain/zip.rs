//! What is in a zip archive, from the directory at its end.
//!
//! The directory is read while it is gone through: an archive of a million files costs what is
//! on the screen. (The `zip` crate keeps all of the directory in memory and asks for each
//! file's own header before it tells its size: a request a file.) APPNOTE.TXT, 4.3.12 to 4.3.16.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use encoding_rs::IBM866;

use super::OneByOne;
use crate::preview::look::{Column, Fault, Look, Row, Section, Shape};
use crate::preview::source::{Source, Window};

/// The end record without its comment.
const END: usize = 22;
/// The longest comment.
const COMMENT: u64 = 65_535;
/// One file of the directory without its name.
const FILE: usize = 46;

/// The files of an archive.
///
/// # Errors
/// Where the end of the archive is not there.
pub fn look(source: Arc<dyn Source>) -> Result<Look, Fault> {
    let directory = directory(&*source)?;
    let mut window = Window::new(source);
    window.seek(SeekFrom::Start(directory.start))?;
    let column = |name: &str, kind: &str| Column { name: name.to_owned(), kind: kind.to_owned() };
    let columns = vec![
        column("name", ""),
        column("size", "bigint"),
        column("packed", "bigint"),
        column("modified", ""),
        column("method", ""),
    ];
    let mut lines = vec![format!("{} files and folders", directory.files)];
    if !directory.comment.is_empty() {
        lines.push(format!("comment: {}", directory.comment));
    }
    let facts = Section { title: "Archive".to_owned(), lines, folded: false };
    let mut left = directory.files;
    let pages = OneByOne::new(move || {
        if left == 0 {
            return Ok(None);
        }
        left -= 1;
        Ok(Some(file(&mut window)?))
    });
    Ok(Look {
        kind: "zip".to_owned(),
        sections: vec![facts],
        shape: Shape::Table(columns),
        pages: Box::new(pages),
    })
}

/// Where the directory is.
#[derive(Debug, PartialEq, Eq)]
struct Directory {
    start: u64,
    files: u64,
    comment: String,
}

fn directory(source: &dyn Source) -> Result<Directory, Fault> {
    let size = source.size();
    let none =
        || Fault("The archive has no directory at its end: it may have been cut off.".to_owned());
    let near = |most: u64| source.read(size.saturating_sub(most)..size);
    // Few archives have a comment: all of it is read only where there seems to be one.
    let mut tail = near(64 << 10)?;
    let mut at = end_record(&tail);
    if at.is_none() {
        tail = near(COMMENT + END as u64)?;
        at = end_record(&tail);
    }
    let at = at.ok_or_else(none)?;
    let record = &tail[at..];
    let comment = String::from_utf8_lossy(&record[END..]).into_owned();
    let (files, start) = (u64::from(u16_at(record, 10)), u64::from(u32_at(record, 16)));
    if files < 0xffff && start < 0xffff_ffff {
        return Ok(Directory { start, files, comment });
    }
    // Zip64: its locator stands right before the end record and names a longer end record.
    let end = size - tail.len() as u64 + at as u64;
    let Some(locator_at) = end.checked_sub(20) else { return Err(none()) };
    let locator = source.read(locator_at..end)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(Directory { start, files, comment });
    }
    let long_at = u64_at(&locator, 8);
    if long_at.checked_add(56).is_none_or(|end| end > size) {
        return Err(none());
    }
    let long = source.read(long_at..long_at + 56)?;
    if !long.starts_with(b"PK\x06\x06") {
        return Err(none());
    }
    Ok(Directory { start: u64_at(&long, 48), files: u64_at(&long, 32), comment })
}

/// Where the end record begins in the last bytes of an archive: its comment reaches to the end.
fn end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END)?;
    (0..=last).rev().find(|at| {
        let record = &tail[*at..];
        record.starts_with(b"PK\x05\x06") && usize::from(u16_at(record, 20)) == record.len() - END
    })
}

/// Reads the next file of the directory.
fn file(window: &mut Window) -> Result<Row, Fault> {
    let mut head = [0; FILE];
    window.read_exact(&mut head)?;
    if !head.starts_with(b"PK\x01\x02") {
        let error = io::Error::new(io::ErrorKind::InvalidData, "its directory has no file here");
        return Err(error.into());
    }
    // Lengths are two bytes each: at most 192 KiB in all.
    let mut part = |at: usize| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::from(u16_at(&head, at))];
        window.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    let (name, extra, _comment) = (part(28)?, part(30)?, part(32)?);
    let flags = u16_at(&head, 8);
    let (mut packed, mut size) = (u64::from(u32_at(&head, 20)), u64::from(u32_at(&head, 24)));
    let mut long = zip64(&extra).chunks_exact(8).map(|bytes| u64_at(bytes, 0));
    for short in [&mut size, &mut packed] {
        if *short == 0xffff_ffff {
            *short = long.next().unwrap_or(*short);
        }
    }
    let name = match (flags & 0x800 != 0, std::str::from_utf8(&name)) {
        (_, Ok(name)) => name.to_owned(),
        (true, Err(_)) => String::from_utf8_lossy(&name).into_owned(),
        // Without the flag a name is in the code page of who wrote it.
        (false, Err(_)) => IBM866.decode_without_bom_handling(&name).0.into_owned(),
    };
    let encrypted = if flags & 1 != 0 { ", encrypted" } else { "" };
    Ok(vec![
        Some(name),
        Some(size.to_string()),
        Some(packed.to_string()),
        modified(u16_at(&head, 14), u16_at(&head, 12)),
        Some(format!("{}{encrypted}", method(u16_at(&head, 10)))),
    ])
}

/// The field of the extra ones that has the sizes which take more than four bytes.
fn zip64(mut extra: &[u8]) -> &[u8] {
    while let [a, b, c, d, rest @ ..] = extra {
        let (id, len) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let Some((field, rest)) = rest.split_at_checked(usize::from(len)) else { break };
        if id == 1 {
            return field;
        }
        extra = rest;
    }
    &[]
}

/// `2026-11-21 18:03:22`, from the date and the time of MS-DOS; `None` where it is none.
fn modified(date: u16, time: u16) -> Option<String> {
    let date = jiff::civil::Date::new(
        1980 + (date >> 9) as i16,
        (date >> 5 & 15) as i8,
        (date & 31) as i8,
    );
    let time = jiff::civil::Time::new(
        (time >> 11) as i8,
        (time >> 5 & 63) as i8,
        (time & 31) as i8 * 2,
        0,
    );
    Some(date.ok()?.to_datetime(time.ok()?).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// APPNOTE.TXT, 4.4.5.
fn method(number: u16) -> String {
    match number {
        0 => "stored".to_owned(),
        8 => "deflate".to_owned(),
        9 => "deflate64".to_owned(),
        12 => "bzip2".to_owned(),
        14 => "LZMA".to_owned(),
        93 => "zstd".to_owned(),
        95 => "xz".to_owned(),
        99 => "AES".to_owned(),
        other => format!("method {other}"),
    }
}

/// The callers know that it is there: records have a fixed length.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use crate::preview::tests::{Seen, see};

    /// By Python's zipfile: `größe.txt` deflated, `a/b.csv` stored, a comment.
    const MADE: &[u8] = include_bytes!("../../../tests/previews/plain.zip");
    /// By Python's zipfile with its limits set so low that every length takes eight bytes.
    const LONG: &[u8] = include_bytes!("../../../tests/previews/zip64.zip");

    #[test]
    fn files_are_listed_from_the_end() {
        let Seen { kind, columns, rows, fault, sections } = see("x.zip", MADE);
        assert_eq!((kind.as_str(), fault), ("zip", None));
        assert_eq!(columns, ["name", "size", "packed", "modified", "method"]);
        let names: Vec<_> = rows.iter().map(|row| row[0].as_deref().unwrap()).collect();
        assert_eq!(names, ["größe.txt", "a/b.csv"]);
        assert_eq!(rows[0][1].as_deref(), Some("2000"));
        assert_eq!(rows[0][4].as_deref(), Some("deflate"));
        assert_eq!(rows[1][3].as_deref(), Some("2026-11-21 18:03:22"));
        assert_eq!(sections[0].lines, ["2 files and folders", "comment: made for a test"]);
    }

    #[test]
    fn sizes_of_more_than_four_bytes_are_read() {
        let rows = see("x.zip", LONG).rows;
        assert_eq!(rows[0][0].as_deref(), Some("long.txt"));
        assert_eq!(rows[0][1].as_deref(), Some("11"));
    }

    #[test]
    fn an_archive_without_its_end_says_so() {
        let Seen { rows, fault, .. } = see("x.zip", &MADE[..MADE.len() - 30]);
        assert!(rows.is_empty());
        assert!(fault.unwrap().contains("no directory"));
    }

    #[test]
    fn a_damaged_directory_shows_what_came_before() {
        let mut damaged = MADE.to_vec();
        let second = MADE.windows(4).rposition(|at| at == b"PK\x01\x02").unwrap();
        damaged[second] = b'X';
        let Seen { rows, fault, .. } = see("x.zip", &damaged);
        assert_eq!(rows.len(), 1);
        assert!(fault.unwrap().contains("damaged"));
    }
}
