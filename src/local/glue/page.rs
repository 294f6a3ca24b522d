//! Pages of a list, and the token that leads from one to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::local::ApiError;

use super::fault::invalid;

/// What a request says about paging. `most` is the API's own limit for the operation.
#[derive(Debug, Clone, Copy)]
pub struct Paging<'a> {
    pub token: Option<&'a str>,
    pub wanted: Option<i64>,
    pub most: usize,
}

/// One page of `items`, which are ordered by `key` upwards; the token names the last key, so
/// that paging stays right when items come or go between two requests.
///
/// # Errors
/// InvalidInputException for a token or a page size that no request could have.
pub fn page<T>(
    items: Vec<T>,
    paging: Paging<'_>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let size = match paging.wanted {
        None => paging.most,
        Some(wanted) => match usize::try_from(wanted) {
            Ok(wanted) if wanted > 0 => wanted.min(paging.most),
            _ => return Err(invalid(format!("MaxResults must be 1 to {}.", paging.most))),
        },
    };
    let after = paging.token.filter(|token| !token.is_empty()).map(decode).transpose()?;
    let mut rest = items
        .into_iter()
        .skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= *after))
        .peekable();
    let mut found = Vec::new();
    while found.len() < size {
        let Some(item) = rest.next() else { break };
        found.push(item);
    }
    let next = match (rest.peek(), found.last()) {
        (Some(_), Some(last)) => Some(URL_SAFE_NO_PAD.encode(key(last))),
        _ => None,
    };
    Ok((found, next))
}

fn decode(token: &str) -> Result<String, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| invalid("NextToken is not one that was given out."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let all: Vec<String> = (0..25).map(|n| format!("{n:02}")).collect();
        let mut joined = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let paging = Paging { token: token.as_deref(), wanted: Some(10), most: 100 };
            let (items, next) = page(all.clone(), paging, String::clone).unwrap();
            joined.extend(items);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(joined, all);
        let bad = Paging { token: Some("%"), wanted: None, most: 100 };
        assert!(page(all.clone(), bad, String::clone).is_err());
        let none = Paging { token: None, wanted: Some(0), most: 100 };
        assert!(page(all, none, String::clone).is_err());
    }
}
