//! The order of versions and delete markers in a listing.
//!
//! S3 writes them among one another, the newest of a key first, and clients that merge them by
//! their times are wrong within a second; the protocol's library writes all of one kind and then
//! all of the other (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>).

/// What an element of a listing is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Object,
    Marker,
}

/// The kinds of a listing's elements, as they follow one another.
#[derive(Debug, Clone)]
pub struct Order(pub Vec<Kind>);

/// The document with its elements in that order, at its end; `None` where they are not as many.
pub fn in_order(document: &str, order: &Order) -> Option<String> {
    let mut rest = String::with_capacity(document.len());
    let objects = taken(document, "Version", &mut rest);
    let mut head = String::with_capacity(rest.len());
    let markers = taken(&rest, "DeleteMarker", &mut head);
    if objects.len() + markers.len() != order.0.len() {
        return None;
    }
    let end = head.rfind("</")?;
    let mut out = String::with_capacity(document.len());
    out.push_str(&head[..end]);
    let (mut objects, mut markers) = (objects.into_iter(), markers.into_iter());
    for kind in &order.0 {
        let next = match kind {
            Kind::Object => objects.next(),
            Kind::Marker => markers.next(),
        };
        out.push_str(next?);
    }
    out.push_str(&head[end..]);
    Some(out)
}

/// The elements of that name, which hold none of their own name; `rest`: what is not of them.
/// Text cannot look like a tag.
fn taken<'a>(document: &'a str, name: &str, rest: &mut String) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut elements = Vec::new();
    let mut left = document;
    while let Some(start) = left.find(&open)
        && let Some(length) = left[start..].find(&close)
    {
        let end = start + length + close.len();
        rest.push_str(&left[..start]);
        elements.push(&left[start..end]);
        left = &left[end..];
    }
    rest.push_str(left);
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_follow_one_another_as_told() {
        let object = |id: &str| format!("<Version><VersionId>{id}</VersionId></Version>");
        let marker = |id: &str| format!("<DeleteMarker><VersionId>{id}</VersionId></DeleteMarker>");
        let written =
            |elements: &[String]| format!("<?xml?><L><Name>b</Name>{}</L>", elements.concat());
        let apart = written(&[marker("4"), marker("2"), object("3"), object("1")]);
        let order = Order(vec![Kind::Marker, Kind::Object, Kind::Marker, Kind::Object]);
        let among = written(&[marker("4"), object("3"), marker("2"), object("1")]);
        assert_eq!(in_order(&apart, &order), Some(among));
        assert_eq!(in_order(&apart, &Order(vec![Kind::Marker; 4])), None);
        assert_eq!(in_order(&apart, &Order(vec![Kind::Object; 3])), None);
        assert_eq!(in_order(&written(&[]), &Order(Vec::new())), Some(written(&[])));
    }
}
