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
        if let Some(behind) = rest.strip_prefix("</Contents>") {
            plain.key = key?;
            return Some((plain, behind));
        }
        let (name, inner) = rest.strip_prefix('<')?.split_once('>')?;
        let (mut text, end) = inner.split_at(inner.find('<')?);
        rest = end.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        match name {
            "Key" => key = Some(text),
            "Size" => plain.size = Some(text),
            "LastModified" => plain.modified = Some(text),
            "StorageClass" => plain.class = Some(text),
            "ETag" => {
                // None is written as nothing at all; so is `""`, but within its quotes.
                let written = !text.is_empty();
                text = text.strip_prefix(QUOTE).unwrap_or(text);
                text = text.strip_suffix(QUOTE).unwrap_or(text);
                plain.etag = written.then_some(text);
            }
            name if name.bytes().all(|byte| byte.is_ascii_alphabetic()) => {}
            _ => return None,
        }
        if text.contains('&') {
            return None;
        }
    }
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
