//! In which encoding a text is, and the text in UTF-8.

use std::io::{self, BufRead, Read};

use chardetng::EncodingDetector;
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::source::read_through;

/// Of a thousand characters of text, fewer than this many act on a terminal.
const CONTROLS: usize = 10;

/// The encoding of what begins with these bytes; `None` where it is no text. `all`: there is
/// nothing behind them.
pub fn of(head: &[u8], all: bool) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    if head.contains(&0) {
        return utf_16(head);
    }
    if controls(head) * 1000 > head.len() * CONTROLS {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(_) => return Some(UTF_8),
        // The cut may have gone through a character.
        Err(error) if error.error_len().is_none() && !all => return Some(UTF_8),
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(head, all);
    Some(detector.guess(None, chardetng::Utf8Detection::Deny))
}

/// Without a mark at its beginning UTF-16 is known by the zeros in every other place.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = |zeros: usize| zeros * 10 >= head.len() / 2 * 7;
    // Zeros between bytes that no text has are those of numbers.
    if controls(head) > even + odd {
        return None;
    }
    match (most(even), most(odd)) {
        (false, true) if even == 0 => Some(UTF_16LE),
        (true, false) if odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// How many bytes are control characters that no text has.
fn controls(head: &[u8]) -> usize {
    let is = |byte: &&u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    head.iter().filter(is).count()
}

/// The beginning of a text in UTF-8, without a mark and without half a character at its end.
pub fn decode(head: &[u8], encoding: &'static Encoding, all: bool) -> String {
    let mut decoder = encoding.new_decoder();
    let mut text = String::new();
    let room = decoder.max_utf8_buffer_length(head.len()).unwrap_or(0);
    text.reserve(room);
    let _ = decoder.decode_to_string(head, &mut text, all);
    text
}

/// Content in UTF-8, whatever it was in; what is no character becomes U+FFFD.
pub struct Utf8 {
    content: Box<dyn BufRead + Send>,
    decoder: Decoder,
    out: Vec<u8>,
    at: usize,
    len: usize,
    over: bool,
}

impl Utf8 {
    pub fn new(content: Box<dyn BufRead + Send>, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder();
        Self { content, decoder, out: vec![0; 16 << 10], at: 0, len: 0, over: false }
    }
}

impl BufRead for Utf8 {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.len && !self.over {
            let chunk = self.content.fill_buf()?;
            let last = chunk.is_empty();
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(chunk, &mut self.out, last);
            self.content.consume(read);
            (self.at, self.len) = (0, written);
            self.over = last && result == CoderResult::InputEmpty;
        }
        Ok(&self.out[self.at..self.len])
    }

    fn consume(&mut self, some: usize) {
        self.at = (self.at + some).min(self.len);
    }
}

impl Read for Utf8 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        read_through(self, into)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

    use super::*;

    fn utf_16_of(text: &str, big: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_known() {
        assert_eq!(of("größe".as_bytes(), true), Some(UTF_8));
        assert_eq!(of(b"\xef\xbb\xbfa,b\n", true), Some(UTF_8));
        assert_eq!(of(b"\xff\xfea\0", true), Some(UTF_16LE));
        assert_eq!(of(&utf_16_of("name;größe\n1;2\n", false), true), Some(UTF_16LE));
        assert_eq!(of(&utf_16_of("name;größe\n1;2\n", true), true), Some(UTF_16BE));
        assert_eq!(
            of(b"K\xf6ln und M\xfcnchen, Stra\xdfe, gr\xf6\xdfer\n", true),
            Some(WINDOWS_1252)
        );
        let (japanese, ..) = SHIFT_JIS.encode("これは日本語の文章です。ゲノムデータの説明。");
        assert_eq!(of(&japanese, true), Some(SHIFT_JIS));
    }

    #[test]
    fn a_cut_through_a_character_is_forgiven_only_where_there_was_a_cut() {
        let cut = &"name größe".as_bytes()[..8];
        assert_eq!(of(cut, false), Some(UTF_8));
        assert_ne!(of(cut, true), Some(UTF_8));
    }

    #[test]
    fn what_is_no_text_has_none() {
        assert_eq!(of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", true), None);
        let noise: Vec<u8> =
            (0..2000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
        assert_eq!(of(&noise, true), None);
        assert_eq!(of(b"\0\x01\x02", true), None);
        assert_eq!(of(b"\x01\0\x02\0", true), None);
        assert_eq!(of(b"", true), Some(UTF_8));
    }

    #[test]
    fn a_colour_sequence_makes_no_binary_of_a_log() {
        assert_eq!(of(b"\x1b[32mok\x1b[0m all is well\n", true), Some(UTF_8));
    }

    #[test]
    fn content_comes_in_utf_8_whatever_the_blocks() {
        let text = "größe\r\n𝒳 日本語\n".repeat(3000);
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(utf_16_of(&text, false));
        for capacity in [1, 3, 4096] {
            let content = io::BufReader::with_capacity(capacity, io::Cursor::new(bytes.clone()));
            let mut out = String::new();
            Utf8::new(Box::new(content), UTF_16LE).read_to_string(&mut out).unwrap();
            assert!(out == text, "{capacity}");
        }
    }

    #[test]
    fn half_a_character_at_the_end_becomes_a_mark() {
        let mut out = String::new();
        let content = Box::new(io::Cursor::new(b"gr\xc3".to_vec()));
        Utf8::new(content, UTF_8).read_to_string(&mut out).unwrap();
        assert_eq!(out, "gr\u{fffd}");
        assert_eq!(decode(b"gr\xc3", UTF_8, false), "gr");
    }
}
