//! A bucket of many objects that nobody put there: each is made of its number when it is listed,
//! by copying one pattern and writing digits into it, so that clients and not the sink are measured.

use super::http::Request;

/// An object as it is listed: a row of `#` stands for its number, wherever it occurs.
const PATTERN: &str = "<Contents><Key>data/sample-#######.vcf.gz</Key>\
    <LastModified>2026-11-21T10:00:00.000Z</LastModified>\
    <ETag>&quot;9e107d9d372bb6826bd81d35f#######&quot;</ETag><Size>1#######</Size>\
    <StorageClass>STANDARD</StorageClass></Contents>";
const BEFORE: &str = "data/sample-";
const BEHIND: &str = ".vcf.gz";
const DIGITS: usize = 7;
/// The most numbers that so many digits make.
pub const MOST: usize = 10_000_000;

/// One page of ListObjectsV2 over the objects `0..keys`.
pub fn page(keys: usize, request: &Request) -> String {
    let text = |name| request.param(name).map(decoded).unwrap_or_default();
    let (prefix, delimiter, after) = (text("prefix"), text("delimiter"), text("start-after"));
    let most = request.param("max-keys").and_then(|text| text.parse().ok()).unwrap_or(1000);
    let end = first(keys, |key| key > prefix.as_str() && !key.starts_with(&prefix));
    let mut at = match request.param("continuation-token").and_then(|text| text.parse().ok()) {
        Some(token) => token,
        None => {
            first(keys, |key| key > after.as_str()).max(first(keys, |key| key >= prefix.as_str()))
        }
    };
    let mut listed = 0;
    let mut items = String::with_capacity(most.min(1000) * PATTERN.len());
    let places: Vec<usize> = places().collect();
    while at < end && listed < most.min(1000) {
        listed += 1;
        match folder(at, &prefix, &delimiter) {
            Some(folder) => {
                at = first(keys, |key| key > folder.as_str() && !key.starts_with(&folder));
                if folder > after {
                    items += &format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
                }
            }
            None => {
                write(at, &places, &mut items);
                at += 1;
            }
        }
    }
    let more = at < end;
    let next = match more {
        true => format!("<NextContinuationToken>{at}</NextContinuationToken>"),
        false => String::new(),
    };
    format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bench</Name>\
         <Prefix>{prefix}</Prefix>{next}<KeyCount>{listed}</KeyCount><MaxKeys>{most}</MaxKeys>\
         <IsTruncated>{more}</IsTruncated>{items}</ListBucketResult>"
    )
}

fn key(number: usize) -> String {
    format!("{BEFORE}{number:0DIGITS$}{BEHIND}")
}

/// The first of the numbers below `keys` whose key is so; keys that are not come before.
fn first(keys: usize, is_so: impl Fn(&str) -> bool) -> usize {
    let (mut low, mut high) = (0, keys);
    while low < high {
        let middle = low.midpoint(high);
        if is_so(&key(middle)) { high = middle } else { low = middle + 1 }
    }
    low
}

fn folder(at: usize, prefix: &str, delimiter: &str) -> Option<String> {
    if delimiter.is_empty() {
        return None;
    }
    let key = key(at);
    let end = key.get(prefix.len()..)?.find(delimiter)? + delimiter.len();
    Some(key[..prefix.len() + end].to_owned())
}

/// Where the pattern wants digits.
fn places() -> impl Iterator<Item = usize> {
    let bytes = PATTERN.as_bytes();
    (1..bytes.len()).filter(move |at| bytes[*at] == b'#' && bytes[at - 1] != b'#')
}

fn write(number: usize, places: &[usize], items: &mut String) {
    let mut digits = [0; DIGITS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let digits = std::str::from_utf8(&digits).unwrap_or_default();
    let mut from = 0;
    for place in places {
        items.push_str(&PATTERN[from..*place]);
        items.push_str(digits);
        from = place + DIGITS;
    }
    items.push_str(&PATTERN[from..]);
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
