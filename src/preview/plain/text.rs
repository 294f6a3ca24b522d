//! Text in any encoding, line by line.

use encoding_rs::{Encoding, UTF_8};

use super::lines::Lines;
use super::{OneByOne, named};
use crate::preview::encoding::Utf8;
use crate::preview::input::Input;
use crate::preview::look::{Look, Shape};

/// A line that is longer goes on in the next row. Bytes.
pub const LONGEST: usize = 4096;
/// A tab goes on to the next column that is a multiple of this.
const TAB: usize = 8;

/// A text in this encoding.
pub fn look(input: Input, encoding: &'static Encoding) -> Look {
    let kind = named(&[Some("text"), other_than_utf_8(encoding), input.packing]);
    let mut lines = Lines::new(Utf8::new(input.content, encoding), LONGEST);
    let pages = OneByOne::new(move || {
        let line = lines.read()?;
        Ok(line.map(|line| vec![Some(expand(&line.text))]))
    });
    Look { kind, sections: Vec::new(), shape: Shape::Lines, pages: Box::new(pages) }
}

/// The encoding's name where it is worth a word.
pub fn other_than_utf_8(encoding: &'static Encoding) -> Option<&'static str> {
    (encoding != UTF_8).then(|| encoding.name())
}

/// The line with spaces in the place of tabs.
fn expand(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 16);
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let wide = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', wide));
            column += wide;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_go_on_to_the_next_stop() {
        assert_eq!(expand("a\tb"), "a       b");
        assert_eq!(expand("12345678\tb"), "12345678        b");
        assert_eq!(expand("\t\tb"), "                b");
        assert_eq!(expand("none"), "none");
    }
}
