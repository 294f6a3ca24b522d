//! Whether a footer can be handed to the crate that reads it: of lengths and nestings that no
//! file can have, that crate makes allocations and recursions that end the process. Thrift's
//! compact protocol: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.

use super::kinds::{self, Kind};

/// The deepest nesting of the footer's own structures, of which Parquet has eight.
const DEEPEST: usize = 24;
/// The deepest nesting of columns.
const DEEPEST_SCHEMA: usize = 64;
/// The longest list: more columns than that are refused.
const LONGEST: u64 = 1_000_000;
/// Row groups are numbered by 16 bits.
const ROW_GROUPS: u64 = i16::MAX as u64;
/// The longest value of fixed length, in bytes.
const WIDEST: i64 = 1 << 20;
/// What is kept of all columns together, in bytes: each repeats the names of all that it is in.
const COLUMNS: u64 = 128 << 20;
/// What is kept of a column, and of each part of its path, beside the names.
const COLUMN: u64 = 512;
const PART: u64 = 48;

/// An element of the schema, which is a tree told from its root down.
#[derive(Default, Clone, Copy)]
struct Node {
    children: i64,
    repetition: bool,
    width: i64,
    /// How long its name is.
    name: u64,
}

/// What is wrong with a footer (`FileMetaData` of parquet.thrift), as far as it would harm.
pub(super) fn harm(footer: &[u8]) -> Option<&'static str> {
    let mut schema: Vec<Node> = Vec::new();
    let mut groups = 0;
    let mut walk = Walk {
        bytes: footer,
        path: Vec::new(),
        kind: kinds::footer,
        see: |path: &[i16], seen: Seen| match (path, seen) {
            ([2], Seen::Structure) => schema.push(Node::default()),
            (&[2, field], Seen::Number(number)) => {
                let Some(node) = schema.last_mut() else { return };
                match field {
                    2 => node.width = number,
                    3 => node.repetition = true,
                    5 => node.children = number,
                    _ => {}
                }
            }
            ([2, 4], Seen::Text(length)) => {
                if let Some(node) = schema.last_mut() {
                    node.name = length;
                }
            }
            ([4], Seen::List(length)) => groups = length,
            _ => {}
        },
    };
    if walk.structure().is_none() {
        Some("its footer is damaged")
    } else if groups > ROW_GROUPS {
        Some("its footer names too many row groups")
    } else if schema.iter().any(|node| node.width > WIDEST) {
        Some("its footer names values of more than 1 MiB each")
    } else {
        match columns(&schema) {
            None => Some("its schema is damaged"),
            Some(bytes) if bytes > COLUMNS => Some("its columns are too many or too long named"),
            Some(_) => None,
        }
    }
}

/// Whether these bytes begin with the whole header of a page: of a list that goes on behind their
/// end the crate passes over each of its members, which may be billions, and it panics where what
/// belongs to the kind of page is missing, or where the levels together are too long to be told.
pub(super) fn is_header(bytes: &[u8]) -> bool {
    let (mut page, mut told, mut levels) = (None, [false; 16], [0; 2]);
    let see = |path: &[i16], seen: Seen| match (path, seen) {
        ([1], Seen::Number(number)) => page = Some(number),
        ([field @ 5..=8], Seen::Structure) => told[*field as usize] = true,
        ([8, field @ 5..=6], Seen::Number(length)) => levels[*field as usize - 5] = length,
        _ => {}
    };
    let whole = Walk { bytes, path: Vec::new(), kind: kinds::header, see }.structure().is_some();
    let of_its_kind = match page {
        Some(0) => told[5],
        Some(3) => told[8],
        _ => true,
    };
    let fit = levels[0].checked_add(levels[1]).is_some_and(|both| both <= i64::from(i32::MAX));
    whole && of_its_kind && fit
}

/// What is kept of all columns, in bytes; `None` where they are no tree.
fn columns(schema: &[Node]) -> Option<u64> {
    // How many children are still to come, and how long their path is, from the root down.
    let mut open: Vec<(i64, u64)> = Vec::new();
    let mut bytes = 0u64;
    for (at, node) in schema.iter().enumerate() {
        let mut path = PART.saturating_add(node.name);
        if at > 0 {
            match open.last_mut() {
                Some((left, above)) if node.repetition => {
                    *left -= 1;
                    path = path.saturating_add(*above);
                }
                _ => return None,
            }
        }
        if node.children < 0 || node.children as usize > schema.len() - at {
            return None;
        }
        if node.children == 0 {
            bytes = bytes.saturating_add(path.saturating_add(COLUMN));
        }
        open.push((node.children, path));
        while open.last().is_some_and(|(left, _)| *left == 0) {
            open.pop();
        }
        if open.len() > DEEPEST_SCHEMA {
            return None;
        }
    }
    (open.is_empty() && !schema.is_empty()).then_some(bytes)
}

enum Seen {
    /// A structure begins.
    Structure,
    Number(i64),
    /// Text or bytes, so many.
    Text(u64),
    /// A list begins, of so many.
    List(u64),
}

/// A number of seven bits a byte, the lowest first.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Walks over a structure and tells what it sees, by the numbers of the fields that lead there.
struct Walk<'a, F> {
    bytes: &'a [u8],
    path: Vec<i16>,
    /// What is to be found where.
    kind: fn(&[i16]) -> Kind,
    see: F,
}

impl<F: FnMut(&[i16], Seen)> Walk<'_, F> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn skip(&mut self, length: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        varint(&mut self.bytes)
    }

    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn structure(&mut self) -> Option<()> {
        if self.path.len() > DEEPEST {
            return None;
        }
        (self.see)(&self.path, Seen::Structure);
        let mut last = 0i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            last = match head >> 4 {
                // Told in full only where it must be: the crate does not everywhere look for it.
                0 => {
                    i16::try_from(self.zigzag()?).ok().filter(|id| *id > last.saturating_add(15))?
                }
                delta => last.checked_add(i16::from(delta))?,
            };
            self.path.push(last);
            if !(self.kind)(&self.path).is(head & 15) {
                return None;
            }
            match head & 15 {
                // Of a field the type says whether it is true.
                1 | 2 => {}
                kind => self.value(kind)?,
            }
            self.path.pop();
        }
    }

    fn value(&mut self, kind: u8) -> Option<()> {
        match kind {
            // In a list the crate passes over a truth value as if it had no byte, and so goes
            // astray; no list of a footer or a page's header has any.
            1 | 2 => None,
            3 => self.skip(1),
            4..=6 => {
                let number = self.zigzag()?;
                (self.see)(&self.path, Seen::Number(number));
                Some(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                (self.see)(&self.path, Seen::Text(length));
                self.skip(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                self.list(length, &[head & 15])
            }
            11 => match self.varint()? {
                0 => Some(()),
                length => {
                    let kinds = self.byte()?;
                    self.list(length, &[kinds >> 4, kinds & 15])
                }
            },
            12 => self.structure(),
            _ => None,
        }
    }

    /// `length` times a value of each kind.
    fn list(&mut self, length: u64, kinds: &[u8]) -> Option<()> {
        if length > LONGEST.min(self.bytes.len() as u64) || self.path.len() > DEEPEST {
            return None;
        }
        let member = (self.kind)(&self.path).member();
        if length > 0 && !kinds.iter().all(|kind| member.is(*kind)) {
            return None;
        }
        (self.see)(&self.path, Seen::List(length));
        // Lists in lists deepen nothing that is counted, unless they are.
        self.path.push(0);
        let own = self.path.len();
        for _ in 0..length {
            for kind in kinds {
                // A structure in a list is known by the list's field.
                if *kind == 12 {
                    self.path.pop();
                }
                self.value(*kind)?;
                if *kind == 12 {
                    self.path.push(0);
                }
            }
        }
        self.path.truncate(own - 1);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema of elements with a repetition and so many children each.
    fn footer(children: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x29, (children.len() as u8) << 4 | 12];
        for count in children {
            // repetition_type, num_children; zigzag.
            bytes.extend([0x35, 0, 0x25, count << 1, 0]);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn a_schema_must_be_a_tree() {
        assert_eq!(harm(&footer(&[2, 1, 0, 0])), None);
        for damaged in [&[2, 1, 0][..], &[1, 0, 0], &[0, 0], &[]] {
            assert_eq!(harm(&footer(damaged)), Some("its schema is damaged"));
        }
        let mut deep = vec![1; 13];
        deep.push(0);
        assert_eq!(harm(&footer(&deep)), None);
    }

    #[test]
    fn a_header_must_be_whole_and_as_it_is_to_be() {
        // A type, and a list where there is none to be.
        assert!(is_header(&[0x15, 2, 0xf9, 0x25, 1, 2, 0, 9]));
        assert!(!is_header(&[0x15, 2]));
        // A list of 2^31 numbers.
        assert!(!is_header(&[0xf9, 0xf5, 0xff, 0xff, 0xff, 0xff, 7, 0, 0]));
        assert!(!is_header(&[0xf9, 0x21, 1, 1, 0]), "truth values");
        assert!(!is_header(&[0x18, 1, b'x', 0]), "a text for a number");
        assert!(!is_header(&[0x05, 2, 2, 0]), "told in full");
        assert!(is_header(&[0x05, 40, 2, 0]), "has to be");
        assert!(is_header(&[0x15, 0, 0x4c, 0, 0]) && is_header(&[0x15, 6, 0x7c, 0, 0]));
        assert!(!is_header(&[0x15, 0, 0x7c, 0, 0]) && !is_header(&[0x15, 6, 0x4c, 0, 0]));
        let long = [0xfe, 0xff, 0xff, 0xff, 0x0f];
        let levels = [&[0x15, 6, 0x7c, 0x55][..], &long, &[0x15, 2, 0, 0]].concat();
        assert!(!is_header(&levels), "too long together");
    }

    #[test]
    fn a_long_name_is_not_repeated_for_many_columns() {
        let footer = |name: usize, columns: usize| {
            // In the root a structure of that name, with so many columns.
            let mut bytes = [&[0x29, 0xfc][..], &varint(columns + 2)].concat();
            bytes.extend([0x35, 0, 0x25, 2, 0, 0x35, 0, 0x18]);
            bytes.extend(varint(name));
            bytes.extend(vec![b'x'; name]);
            bytes.push(0x15);
            bytes.extend(varint(columns << 1));
            bytes.push(0);
            bytes.extend([0x35, 0, 0].repeat(columns));
            bytes.push(0);
            bytes
        };
        assert_eq!(harm(&footer(1 << 20, 100)), None);
        assert_eq!(harm(&footer(10, 100_000)), None);
        for (name, columns) in [(1 << 20, 200), (10, 300_000)] {
            let harm = harm(&footer(name, columns));
            assert_eq!(harm, Some("its columns are too many or too long named"));
        }
    }

    fn varint(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    #[test]
    fn lengths_beyond_the_end_are_seen() {
        // A list of 2^31 structures, a string of as many bytes, structures without an end.
        let varint = [0xff, 0xff, 0xff, 0xff, 7];
        let list = [&[0x49, 0xfc][..], &varint, &[0]].concat();
        let string = [&[0x68][..], &varint, &[0]].concat();
        for bytes in [&list[..], &string, &[0x1c; 100], &[0x19; 100]] {
            assert_eq!(harm(bytes), Some("its footer is damaged"));
        }
    }
}
