//! Signature Version 4, verified: who sent this request, and that nobody changed it.
//!
//! For the services that speak JSON or the query protocol; S3's own variants (presigned,
//! chunked) are verified by `s3s`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use http::request::Parts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use sha2::{Digest as _, Sha256};

/// How far the caller's clock may be off, as AWS has it.
const SKEW_MINUTES: i64 = 15;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Why a request is not let in; each protocol has its own codes for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is signed.
    Missing,
    /// The Authorization header lacks this, or is none of ours.
    Incomplete(&'static str),
    /// No such access key.
    UnknownKey,
    /// The clock differs too much; what was sent and what it is here.
    Skewed { sent: String, now: String },
    /// The signature is not what it should be.
    Mismatch,
}

/// Verifies the signature over the whole request and gives what `find` knows of the caller.
///
/// `find` answers the caller and the secret that belong to an access key.
///
/// # Errors
/// See [`Refusal`].
pub fn verify<W>(
    parts: &Parts,
    body: &[u8],
    now: Timestamp,
    find: impl FnOnce(&str) -> Option<(W, String)>,
) -> Result<W, Refusal> {
    let header = text(&parts.headers, "authorization").ok_or(Refusal::Missing)?;
    let claim = Claim::parse(header)?;
    claim.covers_what_matters(&parts.headers)?;
    let date = text(&parts.headers, "x-amz-date")
        .ok_or(Refusal::Incomplete("the x-amz-date header is missing"))?;
    fresh(date, now)?;
    if !date.starts_with(claim.scope.date) {
        return Err(Refusal::Incomplete("the credential's date is not that of x-amz-date"));
    }
    let (who, secret) = find(claim.access_key).ok_or(Refusal::UnknownKey)?;
    let payload = payload_hash(&parts.headers, body)?;
    let canonical = canonical_request(parts, &claim.signed_headers, &payload)?;
    let scope = &claim.scope;
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{}/{}/{}/aws4_request\n{}",
        scope.date,
        scope.region,
        scope.service,
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let given = hex::decode(claim.signature).map_err(|_| Refusal::Mismatch)?;
    let mut mac = keyed(&signing_key(&secret, scope));
    mac.update(to_sign.as_bytes());
    // Compares in constant time.
    mac.verify_slice(&given).map_err(|_| Refusal::Mismatch)?;
    Ok(who)
}

/// The service that an Authorization header says the request is for.
pub fn signed_for(header: &str) -> Option<&str> {
    Claim::parse(header).ok().map(|claim| claim.scope.service)
}

/// What an Authorization header claims.
#[derive(Debug, PartialEq, Eq)]
struct Claim<'a> {
    access_key: &'a str,
    scope: Scope<'a>,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// The credential's scope. Any region passes: a local lake is wherever its caller works.
#[derive(Debug, PartialEq, Eq)]
struct Scope<'a> {
    date: &'a str,
    region: &'a str,
    service: &'a str,
}

impl<'a> Claim<'a> {
    fn parse(header: &'a str) -> Result<Self, Refusal> {
        let fields = header
            .strip_prefix(ALGORITHM)
            .ok_or(Refusal::Incomplete("the algorithm is not AWS4-HMAC-SHA256"))?;
        let field = |name: &str| {
            fields.split(',').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let credential = field("Credential").ok_or(Refusal::Incomplete("Credential is missing"))?;
        let names =
            field("SignedHeaders").ok_or(Refusal::Incomplete("SignedHeaders is missing"))?;
        let signature = field("Signature").ok_or(Refusal::Incomplete("Signature is missing"))?;
        let mut scope = credential.rsplitn(5, '/');
        let malformed =
            Refusal::Incomplete("Credential is not KEY/DATE/REGION/SERVICE/aws4_request");
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(access_key)) =
            (scope.next(), scope.next(), scope.next(), scope.next(), scope.next())
        else {
            return Err(malformed);
        };
        Ok(Self {
            access_key,
            scope: Scope { date, region, service },
            signed_headers: names.split(';').collect(),
            signature,
        })
    }

    /// The headers that say what is asked, of whom and when must be among the signed ones,
    /// else they could be changed on the way.
    fn covers_what_matters(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        for name in ["host", "x-amz-date", "x-amz-target"] {
            let matters = name != "x-amz-target" || headers.contains_key(name);
            if matters && !self.signed_headers.contains(&name) {
                return Err(Refusal::Incomplete(
                    "host, x-amz-date and x-amz-target must be signed",
                ));
            }
        }
        Ok(())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn fresh(date: &str, now: Timestamp) -> Result<(), Refusal> {
    let sent = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .ok()
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .ok_or(Refusal::Incomplete("x-amz-date is no date"))?
        .timestamp();
    let most = Span::new().minutes(SKEW_MINUTES);
    let within = now.checked_sub(most).is_ok_and(|past| past <= sent)
        && now.checked_add(most).is_ok_and(|future| sent <= future);
    if within {
        return Ok(());
    }
    Err(Refusal::Skewed { sent: date.to_owned(), now: now.strftime("%Y%m%dT%H%M%SZ").to_string() })
}

/// The body's hash; one that the caller names must be right, or be none at all.
fn payload_hash(headers: &HeaderMap, body: &[u8]) -> Result<String, Refusal> {
    let real = hex::encode(Sha256::digest(body));
    match text(headers, "x-amz-content-sha256") {
        Some(UNSIGNED) => Ok(UNSIGNED.to_owned()),
        Some(named) if named != real => Err(Refusal::Mismatch),
        _ => Ok(real),
    }
}

fn canonical_request(parts: &Parts, names: &[&str], payload: &str) -> Result<String, Refusal> {
    let mut headers = String::new();
    for name in names {
        let mut values = parts.headers.get_all(*name).iter().peekable();
        if values.peek().is_none() {
            return Err(Refusal::Incomplete("a signed header is missing"));
        }
        let values: Result<Vec<String>, _> =
            values.map(|value| value.to_str().map(squeezed)).collect();
        let values = values.map_err(|_| Refusal::Mismatch)?;
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        parts.method,
        encoded(parts.uri.path(), true),
        canonical_query(parts.uri.query().unwrap_or_default()),
        names.join(";"),
    ))
}

/// Trimmed, with runs of spaces made one.
fn squeezed(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (encoded(&name, false), encoded(&value, false)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Percent-encoded as SigV4 wants it; the path of every service but S3 is encoded twice, and
/// here it is what the request line already encoded once.
fn encoded(text: &str, keep_slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if keep_slashes => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes a key of any length.
    Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"))
}

fn signing_key(secret: &str, scope: &Scope<'_>) -> Vec<u8> {
    let start = format!("AWS4{secret}").into_bytes();
    [scope.date, scope.region, scope.service, "aws4_request"].iter().fold(start, |key, part| {
        let mut mac = keyed(&key);
        mac.update(part.as_bytes());
        mac.finalize().into_bytes().to_vec()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `post-vanilla` and `get-vanilla-query-order-key-case` cases of AWS's own test suite
    /// (<https://github.com/awslabs/aws-c-auth>, `tests/aws-signing-test-suite/v4`).
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const NOW: &str = "2015-08-30T12:40:00Z";

    fn parts(method: &str, uri: &str, signature: &str) -> Parts {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "example.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z")
            .header("authorization", authorization);
        request.body(()).unwrap().into_parts().0
    }

    fn check(parts: &Parts, body: &[u8], now: &str, secret: &str) -> Result<&'static str, Refusal> {
        verify(parts, body, now.parse().unwrap(), |key| {
            (key == "AKIDEXAMPLE").then(|| ("ann", secret.to_owned()))
        })
    }

    const POST: &str = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    const QUERY: &str = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";

    #[test]
    fn the_published_cases_pass() {
        assert_eq!(check(&parts("POST", "/", POST), b"", NOW, SECRET), Ok("ann"));
        let query = parts("GET", "/?Param2=value2&Param1=value1", QUERY);
        assert_eq!(check(&query, b"", NOW, SECRET), Ok("ann"));
    }

    #[test]
    fn what_was_changed_does_not() {
        let good = parts("POST", "/", POST);
        assert_eq!(check(&good, b"x", NOW, SECRET), Err(Refusal::Mismatch));
        assert_eq!(check(&good, b"", NOW, "other"), Err(Refusal::Mismatch));
        assert_eq!(check(&parts("GET", "/", POST), b"", NOW, SECRET), Err(Refusal::Mismatch));
        assert_eq!(check(&parts("POST", "/", "00"), b"", NOW, SECRET), Err(Refusal::Mismatch));
        let mut moved = parts("POST", "/", POST);
        moved.headers.insert("x-amz-target", "AWSGlue.DeleteTable".parse().unwrap());
        assert!(matches!(check(&moved, b"", NOW, SECRET), Err(Refusal::Incomplete(_))));
    }

    #[test]
    fn clocks_may_differ_by_a_quarter_of_an_hour() {
        let good = parts("POST", "/", POST);
        assert!(check(&good, b"", "2015-08-30T12:50:59Z", SECRET).is_ok());
        for now in ["2015-08-30T12:51:01Z", "2015-08-30T12:20:00Z"] {
            assert!(matches!(check(&good, b"", now, SECRET), Err(Refusal::Skewed { .. })));
        }
    }

    #[test]
    fn half_a_header_is_told_from_none() {
        let mut bare = parts("POST", "/", POST);
        bare.headers.insert("authorization", "AWS4-HMAC-SHA256 Credential=a/b".parse().unwrap());
        assert!(matches!(check(&bare, b"", NOW, SECRET), Err(Refusal::Incomplete(_))));
        bare.headers.remove("authorization");
        assert_eq!(check(&bare, b"", NOW, SECRET), Err(Refusal::Missing));
    }
}
