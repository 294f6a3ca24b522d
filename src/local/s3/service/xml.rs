//! Characters of keys that XML 1.0 has no place for.
//!
//! S3 writes them as character references all the same (`&#x1b;`) unless a listing is asked
//! with `encoding-type=url`, and in the answers of multipart uploads always
//! (<https://github.com/aws/aws-sdk-java/issues/3112>,
//! <https://github.com/boto/botocore/issues/3496>). Some parsers take such references, none
//! takes the bare characters.

use std::fmt::Write as _;

use http::{HeaderValue, Response, header};
use s3s::Body;

/// The same answer; where it is an XML document, what `write` makes of that, if anything. An
/// object's bytes are a stream, whatever they are said to be, and no document.
pub fn rewritten(
    mut answer: Response<Body>,
    write: impl FnOnce(&str) -> Option<String>,
) -> Response<Body> {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let is_xml = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/xml"));
    let document = answer.body().bytes().filter(|_| is_xml);
    let text = document.as_deref().and_then(|document| std::str::from_utf8(document).ok());
    let Some(document) = text.and_then(write) else { return answer };
    if answer.headers().contains_key(header::CONTENT_LENGTH) {
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(document.len()));
    }
    answer.map(|_| Body::from(document))
}

/// The document with references for what cannot stand in it; `None` where nothing has to be
/// changed.
pub fn referenced(text: &str) -> Option<String> {
    text.chars().find(|c| !stands(*c))?;
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        match stands(c) {
            true => out.push(c),
            false => {
                let _ = write!(out, "&#x{:x};", u32::from(c));
            }
        }
    }
    Some(out)
}

/// True for what XML 1.0 allows and its readers leave alone: they read a carriage return as a
/// line feed (<https://www.w3.org/TR/xml/#charsets>, `#sec-line-ends`).
fn stands(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_stand_is_referenced() {
        assert_eq!(referenced("<Key>ä\t\n &amp; 🍕\u{85}</Key>"), None);
        let hostile = "<Key>a\u{1}b\u{1b}[31m\r\u{c}\u{ffff}ä</Key>";
        let written = "<Key>a&#x1;b&#x1b;[31m&#xd;&#xc;&#xffff;ä</Key>";
        assert_eq!(referenced(hostile).as_deref(), Some(written));
    }

    #[test]
    fn what_is_no_document_stays_as_it_is() {
        let answer = |kind: &'static str| {
            let body = Body::from(String::from("{\"a\":\r1}"));
            let answer = Response::builder().header(header::CONTENT_TYPE, kind);
            rewritten(answer.body(body).unwrap(), referenced).body().bytes().unwrap()
        };
        assert_eq!(answer("application/json"), "{\"a\":\r1}");
        assert_eq!(answer("application/xml"), "{\"a\":&#xd;1}");
    }
}
