//! A Contents element in the words that S3 itself uses, recognised at a glance: nothing but
//! elements with text, without attributes and, but for an ETag's quotes, without entities. What is
//! written otherwise is left to the XML reader, which would read these the same.

/// The texts of one element's fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plain<'a> {
    pub key: &'a str,
    pub size: Option<&'a str>,
    pub modified: Option<&'a str>,
    /// Without the quotes that are written as entities.
    pub etag: Option<&'a str>,
    pub class: Option<&'a str>,
}

/// The element that `text` begins with, and what follows it; `None` where it is not plain, or not
/// all there.
pub(super) fn contents(text: &str) -> Option<(Plain<'_>, &str)> {
    let mut rest = text.strip_prefix("<Contents>")?;
    let mut plain = Plain::default();
    let mut key = None;
    loop {
        if let Some((text, behind)) = element(rest, "<Key>", "</Key>") {
            (key, rest) = (Some(text), behind);
        } else if let Some((text, behind)) = element(rest, "<Size>", "</Size>") {
            (plain.size, rest) = (Some(text), behind);
        } else if let Some((text, behind)) = element(rest, "<LastModified>", "</LastModified>") {
            (plain.modified, rest) = (Some(text), behind);
        } else if let Some((text, behind)) = element(rest, "<StorageClass>", "</StorageClass>") {
            (plain.class, rest) = (Some(text), behind);
        } else if let Some((text, behind)) = etag(rest) {
            (plain.etag, rest) = (text, behind);
        } else if let Some(behind) = rest.strip_prefix("</Contents>") {
            plain.key = key?;
            return Some((plain, behind));
        } else {
            rest = other(rest)?;
        }
    }
}

/// The text of an element, and what follows it.
#[inline]
fn element<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let inner = text.strip_prefix(start)?;
    let at = inner.bytes().position(|byte| matches!(byte, b'<' | b'&'))?;
    Some((&inner[..at], inner[at..].strip_prefix(end)?))
}

/// None is written as nothing at all; so is `""`, but within its quotes.
fn etag(text: &str) -> Option<(Option<&str>, &str)> {
    const START: &str = "<ETag>";
    if let Some(quoted) = text.strip_prefix(START).and_then(|text| text.strip_prefix(QUOTE)) {
        let at = quoted.find('&')?;
        let behind = quoted[at..].strip_prefix(QUOTE)?.strip_prefix("</ETag>")?;
        return (!quoted[..at].contains('<')).then_some((Some(&quoted[..at]), behind));
    }
    let (text, behind) = element(text, START, "</ETag>")?;
    Some(((!text.is_empty()).then_some(text), behind))
}

/// What follows an element that is of no use.
fn other(text: &str) -> Option<&str> {
    let (name, inner) = text.strip_prefix('<')?.split_once('>')?;
    let at = inner.find(['<', '&'])?;
    let behind = inner[at..].strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
    name.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some(behind)
}

const QUOTE: &str = "&quot;";

#[cfg(test)]
mod tests {
    use super::*;

    const AS_AWS_WRITES: &str = "<Contents><Key>a</Key>\
        <LastModified>2026-11-21T10:00:00.000Z</LastModified><ETag>&quot;0f&quot;</ETag>\
        <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
        <Size>7</Size><StorageClass>STANDARD</StorageClass></Contents><Contents>";

    #[test]
    fn what_aws_writes_is_plain() {
        let (plain, rest) = contents(AS_AWS_WRITES).unwrap();
        let wanted = Plain {
            key: "a",
            size: Some("7"),
            modified: Some("2026-11-21T10:00:00.000Z"),
            etag: Some("0f"),
            class: Some("STANDARD"),
        };
        assert_eq!((plain, rest), (wanted, "<Contents>"));
    }

    #[test]
    fn what_is_written_otherwise_is_not() {
        for (plain, other) in [
            ("<Key>a</Key>", "<Key>&amp;</Key>"),
            ("<Key>a</Key>", "<Key><![CDATA[a]]></Key>"),
            ("<Key>a</Key>", "<Key/>"),
            ("<Key>a</Key>", ""),
            ("<Key>", "<Key lang=\"en\">"),
            ("</Key>", "</Key >"),
            ("<Contents>", "<Contents >"),
            ("<Contents>", "<Contents><!-- a -->"),
            ("<Contents>", "<Contents>\n"),
            ("<Size>7</Size>", "<Owner><ID>me</ID></Owner>"),
            ("CRC64NVME", "&nbsp;"),
            ("&quot;0f", "&quot;&quot;0f"),
        ] {
            let text = AS_AWS_WRITES.replacen(plain, other, 1);
            assert_eq!(contents(&text), None, "{text}");
        }
        let whole = AS_AWS_WRITES.len() - "<Contents>".len();
        assert!((0..whole).all(|end| contents(&AS_AWS_WRITES[..end]).is_none()));
    }
}
