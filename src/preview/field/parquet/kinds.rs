//! Of which kind the fields of a footer and of a page's header are, by the numbers that lead to
//! them: parquet.thrift of github.com/apache/parquet-format. The crate takes a field for what it
//! ought to be, whatever it says that it is, and goes astray where it is not.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Byte,
    Double,
    Truth,
    Bytes,
    Structure,
    Numbers,
    Texts,
    Structures,
    /// Nobody knows the field, and it is passed over.
    Any,
}

use Kind::*;

impl Kind {
    /// Whether a field of this type in the compact protocol is one.
    pub(super) fn is(self, wire: u8) -> bool {
        match self {
            Number => matches!(wire, 4..=6),
            Byte => wire == 3,
            Double => wire == 7,
            Truth => matches!(wire, 1 | 2),
            Bytes => wire == 8,
            Structure => wire == 12,
            Numbers | Texts | Structures => wire == 9,
            Any => true,
        }
    }

    /// What a list of it is a list of.
    pub(super) fn member(self) -> Self {
        match self {
            Numbers => Number,
            Texts => Bytes,
            Structures => Structure,
            _ => Any,
        }
    }
}

/// `FileMetaData`.
pub(super) fn footer(path: &[i16]) -> Kind {
    match path {
        [1 | 3] => Number,
        [2 | 4 | 5 | 7] => Structures,
        [6] => Bytes,
        [2, rest @ ..] => schema_element(rest),
        [4, rest @ ..] => row_group(rest),
        [5, 1 | 2] => Bytes,
        [7, _] => Structure,
        _ => Any,
    }
}

fn schema_element(path: &[i16]) -> Kind {
    match path {
        [4] => Bytes,
        [1..=9] => Number,
        [10] | [10, _] | [10, 7 | 8, 2] | [10, 7 | 8, 2, _] => Structure,
        [10, 5, 1 | 2] | [10, 18, 2] => Number,
        [10, 7 | 8, 1] | [10, 10, 2] => Truth,
        [10, 10 | 16, 1] => Byte,
        [10, 17 | 18, 1] => Bytes,
        _ => Any,
    }
}

fn row_group(path: &[i16]) -> Kind {
    match path {
        [1 | 4] => Structures,
        [2 | 3 | 5 | 6 | 7] => Number,
        [1, 1 | 9] => Bytes,
        [1, 3 | 8] => Structure,
        [1, 2 | 4..=7] => Number,
        [1, 3, rest @ ..] => column(rest),
        [4, 1] => Number,
        [4, 2 | 3] => Truth,
        _ => Any,
    }
}

/// `ColumnMetaData`.
fn column(path: &[i16]) -> Kind {
    match path {
        [2] | [16, 2 | 3] | [17, 2] => Numbers,
        [3] => Texts,
        [8 | 13] => Structures,
        [12 | 16 | 17] | [17, 1] => Structure,
        [1..=15] | [13, 1..=3] | [16, 1] => Number,
        [8, 1 | 2] => Bytes,
        [12, rest @ ..] => statistics(rest),
        [17, 1, _] => Double,
        _ => Any,
    }
}

fn statistics(path: &[i16]) -> Kind {
    match path {
        [1 | 2 | 5 | 6] => Bytes,
        [3 | 4] => Number,
        [7 | 8] => Truth,
        _ => Any,
    }
}

/// `PageHeader`.
pub(super) fn header(path: &[i16]) -> Kind {
    match path {
        [1..=4] | [5, 1..=4] | [7, 1 | 2] | [8, 1..=6] => Number,
        [5..=8] | [5, 5] | [8, 8] => Structure,
        [7, 3] | [8, 7] => Truth,
        [5, 5, rest @ ..] | [8, 8, rest @ ..] => statistics(rest),
        _ => Any,
    }
}
