//! What is moved, and last where to.
//!
//! Clap fills one positional after the other, and an option between two words ends the first:
//! `put FILE --json s3://…/` would be wrong. So a verb reads its places as one list, and they
//! are told apart here.

use std::ffi::{OsStr, OsString};

use crate::model::uri::{BadUri, S3Uri};

use super::failure::Failure;

/// The words before the last one, and the last.
///
/// # Errors
/// Where there are fewer than two; `missing` is what the usage calls the one that is not there.
pub fn from_and_to<'a>(
    words: &'a [OsString],
    missing: &str,
) -> Result<(&'a [OsString], &'a OsStr), Failure> {
    match words {
        [from @ .., to] if !from.is_empty() => Ok((from, to)),
        _ => {
            let why = format!("the following required arguments were not provided: {missing}");
            Err(Failure::usage("usage", why).hint("see lakehand --help"))
        }
    }
}

/// A word as a place in S3.
///
/// # Errors
/// Where it is none.
pub fn uri(word: &OsStr) -> Result<S3Uri, Failure> {
    let wrong = |why: String| Failure::usage("usage", why).hint("see lakehand --help");
    match word.to_str() {
        Some(text) => text.parse().map_err(|bad: BadUri| wrong(bad.to_string())),
        None => Err(wrong(format!("{} is not UTF-8, and the keys of S3 are", word.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_where_to() {
        let words: Vec<OsString> = ["a", "b", "c"].map(OsString::from).into();
        let (from, to) = from_and_to(&words, "<TO>").unwrap();
        assert_eq!((from, to), (&words[..2], OsStr::new("c")));
        let alone = from_and_to(&words[..1], "<TO>").unwrap_err().to_string();
        assert!(alone.contains("not provided: <TO>"), "{alone}");
    }
}
