//! Deleting: objects, delete markers, versions. Every one passes the guard and leaves an audit
//! line of its own, however many go in one request.

use std::collections::HashMap;

use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use super::convert::quoted;
use crate::model::mode::Mode;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::model::version::Marker;

/// Keys that one DeleteObjects takes.
const MOST: usize = 1000;

/// Requests at a time for keys that go by themselves.
const AT_ONCE: usize = 8;

/// One key of a delete, and what became of it.
pub type Deleted = (String, Result<Gone, Trouble>);

/// What became of one key, and what the audit log says of it.
type Fate = Result<(Gone, Receipt), Trouble>;

/// What a delete has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// A delete marker: what was there is an old version now.
    Marked,
    /// Nothing of it.
    ForEver,
}

/// What is to be deleted: the key as it is, or one version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doomed<'a> {
    key: &'a str,
    version: Option<&'a str>,
}

/// In whose name a delete is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Act {
    action: &'static str,
    verb: &'static str,
    mode: Mode,
}

/// A bucket with versions keeps what is deleted so.
const DELETE: Act = Act { action: "s3:DeleteObject", verb: "delete", mode: Mode::Curate };
/// Brings back, and destroys nothing; in IAM's eyes it is the same as the next.
const UNDELETE: Act = Act {
    action: "s3:DeleteObjectVersion",
    verb: "remove the delete marker of",
    mode: Mode::Curate,
};
const DESTROY: Act = Act {
    action: "s3:DeleteObjectVersion",
    verb: "delete a version for ever of",
    mode: Mode::Admin,
};

impl Act {
    fn ask(self, uri: &S3Uri) -> Ask {
        Ask::object(self.action, self.verb, uri)
    }
}

impl Lake {
    /// Deletes keys of one bucket, a thousand a request, one audit line a key.
    ///
    /// # Errors
    /// Where nothing was deleted at all; what became of each key is in the answer.
    pub async fn delete(&self, bucket: &str, keys: &[String]) -> Result<Vec<Deleted>, Trouble> {
        let doomed: Vec<Doomed<'_>> =
            keys.iter().map(|key| Doomed { key, version: None }).collect();
        let mut fates = Vec::with_capacity(keys.len());
        for batch in doomed.chunks(MOST) {
            match self.delete_batch(DELETE, bucket, batch).await {
                Ok(done) => fates.extend(done),
                Err(trouble) if fates.is_empty() => return Err(trouble),
                Err(trouble) => {
                    let failed = |one: &Doomed<'_>| (one.key.to_owned(), Err(trouble.clone()));
                    fates.extend(batch.iter().map(failed));
                }
            }
        }
        Ok(fates)
    }

    /// Removes up to a thousand delete markers of one bucket in one request: what lies below
    /// them is there again.
    ///
    /// # Errors
    /// Where nothing was done at all; what became of each is in the answer, in the order asked.
    pub async fn undelete(
        &self,
        bucket: &str,
        markers: &[Marker],
    ) -> Result<Vec<Deleted>, Trouble> {
        let doomed: Vec<Doomed<'_>> = markers
            .iter()
            .map(|marker| Doomed { key: marker.key(), version: Some(marker.id()) })
            .collect();
        self.delete_batch(UNDELETE, bucket, &doomed).await
    }

    /// Deletes one version, which no store brings back; in admin mode only.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as S3 answers else.
    pub async fn delete_version(&self, uri: &S3Uri, version: &str) -> Result<(), Trouble> {
        let doomed = [Doomed { key: &uri.key, version: Some(version) }];
        let mut fates = self.delete_batch(DESTROY, &uri.bucket, &doomed).await?;
        fates.pop().map_or(Ok(()), |(_, fate)| fate.map(drop))
    }

    async fn delete_batch(
        &self,
        act: Act,
        bucket: &str,
        doomed: &[Doomed<'_>],
    ) -> Result<Vec<Deleted>, Trouble> {
        let mut permits = Vec::with_capacity(doomed.len());
        for one in doomed {
            let ask = act.ask(&S3Uri::new(bucket, one.key));
            permits.push(self.permit_from(&ask, act.mode).await?);
        }
        let (listed, alone): (Vec<Doomed<'_>>, Vec<Doomed<'_>>) =
            doomed.iter().copied().partition(|one| fits_xml(one.key));
        let listed = match self.delete_listed(act, bucket, &listed).await {
            Ok(fates) => fates,
            Err(trouble) => {
                for permit in permits {
                    let _ = permit.failed(trouble.clone());
                }
                return Err(trouble);
            }
        };
        let mut lonely = Vec::with_capacity(alone.len());
        for some in alone.chunks(AT_ONCE) {
            let fates = some.iter().map(|one| self.delete_alone(act, bucket, *one));
            lonely.extend(futures::future::join_all(fates).await);
        }
        let (mut listed, mut alone) = (listed.into_iter(), lonely.into_iter());
        let fates = doomed.iter().zip(permits).map(|(one, permit)| {
            let fate = if fits_xml(one.key) { listed.next() } else { alone.next() };
            let fate = fate.unwrap_or_else(|| {
                Err(Trouble::new(
                    Kind::Other,
                    act.ask(&S3Uri::new(bucket, one.key)).what,
                    "no answer",
                ))
            });
            let fate = permit.settle(fate, |(_, receipt)| receipt.clone());
            (one.key.to_owned(), fate.map(|(gone, _)| gone))
        });
        Ok(fates.collect())
    }

    /// By one request, if there is anything to delete; answered in the order asked.
    async fn delete_listed(
        &self,
        act: Act,
        bucket: &str,
        doomed: &[Doomed<'_>],
    ) -> Result<Vec<Fate>, Trouble> {
        let ask = match doomed {
            [] => return Ok(Vec::new()),
            [only] => act.ask(&S3Uri::new(bucket, only.key)),
            _ => {
                let verb = format!("{} {} objects of", act.verb, doomed.len());
                Ask::bucket(act.action, &verb, &S3Uri::new(bucket, ""))
            }
        };
        let list = delete_list(&ask, doomed)?;
        let answer = self
            .in_bucket(&ask, bucket, Pace::Bulk, |client| {
                client.delete_objects().bucket(bucket).delete(list.clone()).send()
            })
            .await?;
        let request_id = answer.request_id().map(ToOwned::to_owned);
        let said = Said::of(&answer);
        let fates = doomed.iter().map(|one| {
            let (gone, version_id) = said.of_one(act, bucket, one)?;
            let request_id = request_id.clone();
            Ok((gone, Receipt { request_id, version_id, ..Receipt::default() }))
        });
        Ok(fates.collect())
    }

    /// By a request of its own, whose address holds what XML has no place for.
    async fn delete_alone(&self, act: Act, bucket: &str, one: Doomed<'_>) -> Fate {
        let ask = act.ask(&S3Uri::new(bucket, one.key));
        let answer = self
            .in_bucket(&ask, bucket, Pace::Bulk, |client| {
                client
                    .delete_object()
                    .bucket(bucket)
                    .key(one.key)
                    .set_version_id(one.version.map(ToOwned::to_owned))
                    .send()
            })
            .await?;
        let marked = one.version.is_none() && answer.delete_marker == Some(true);
        let gone = if marked { Gone::Marked } else { Gone::ForEver };
        let request_id = answer.request_id().map(ToOwned::to_owned);
        Ok((gone, Receipt { request_id, version_id: answer.version_id, ..Receipt::default() }))
    }
}

/// True for a key that XML 1.0 can hold (its section 2.2, `Char`). AWS reads others as character
/// references, other stores call the document malformed.
fn fits_xml(key: &str) -> bool {
    key.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    })
}

/// What an answer says of each key: both maps are by key and version asked for.
struct Said<'a> {
    errors: HashMap<(&'a str, Option<&'a str>), &'a aws_sdk_s3::types::Error>,
    /// The versions of delete markers that were made.
    made: HashMap<&'a str, &'a str>,
}

impl<'a> Said<'a> {
    fn of(answer: &'a DeleteObjectsOutput) -> Self {
        let errors = answer.errors().iter().filter_map(|error| {
            let version = error.version_id().filter(|id| !id.is_empty());
            Some(((error.key()?, version), error))
        });
        let made = answer.deleted().iter().filter_map(|one| {
            one.delete_marker().filter(|is| *is)?;
            Some((one.key()?, one.delete_marker_version_id()?))
        });
        Self { errors: errors.collect(), made: made.collect() }
    }

    /// What became of it, and which version the audit log names.
    fn of_one(
        &self,
        act: Act,
        bucket: &str,
        one: &Doomed<'_>,
    ) -> Result<(Gone, Option<String>), Trouble> {
        // Some stores do not say the version again.
        let error =
            self.errors.get(&(one.key, one.version)).or_else(|| self.errors.get(&(one.key, None)));
        if let Some(error) = error {
            return Err(refusal(act, &S3Uri::new(bucket, one.key), error));
        }
        match (one.version, self.made.get(one.key)) {
            (Some(version), _) => Ok((Gone::ForEver, Some(version.to_owned()))),
            (None, Some(made)) => Ok((Gone::Marked, Some((*made).to_owned()))),
            (None, None) => Ok((Gone::ForEver, None)),
        }
    }
}

impl Lake {
    /// Deletes the very object that has this ETag, and no other that has taken its name since.
    /// A versioned bucket keeps it as an old version below a delete marker.
    ///
    /// A store that knows no conditional delete is looked at first and asked without one.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Precondition`] where it has changed, as S3
    /// answers else.
    pub async fn delete_same(
        &self,
        uri: &S3Uri,
        etag: &str,
        approval: Option<String>,
    ) -> Result<(), Trouble> {
        let ask = DELETE.ask(uri).approved(approval);
        let permit = self.permit(&ask).await?;
        let sent = match self.deleted(&ask, uri, Some(etag)).await {
            Err(trouble) if trouble.is_unknown_there() => match self.find(uri).await {
                Ok(Some(head)) if head.etag.as_deref() == Some(etag) => {
                    self.deleted(&ask, uri, None).await
                }
                Ok(_) => Err(Trouble::new(Kind::Precondition, &ask.what, "it has been replaced")),
                Err(trouble) => Err(trouble),
            },
            other => other,
        };
        permit.settle(sent, Clone::clone).map(drop)
    }

    async fn deleted(
        &self,
        ask: &Ask,
        uri: &S3Uri,
        etag: Option<&str>,
    ) -> Result<Receipt, Trouble> {
        let answer = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .delete_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_if_match(etag.map(quoted))
                    .send()
            })
            .await?;
        Ok(Receipt {
            request_id: answer.request_id().map(ToOwned::to_owned),
            version_id: answer.version_id,
            ..Receipt::default()
        })
    }
}

fn delete_list(ask: &Ask, doomed: &[Doomed<'_>]) -> Result<Delete, Trouble> {
    let wrong = |error: aws_sdk_s3::error::BuildError| {
        Trouble::new(Kind::Invalid, &ask.what, error.to_string())
    };
    // Not quiet: only the answer tells whether a delete marker was made, and which.
    let mut list = Delete::builder();
    for one in doomed {
        let version = one.version.map(ToOwned::to_owned);
        let one = ObjectIdentifier::builder().key(one.key).set_version_id(version);
        list = list.objects(one.build().map_err(wrong)?);
    }
    list.build().map_err(wrong)
}

fn refusal(act: Act, uri: &S3Uri, error: &aws_sdk_s3::types::Error) -> Trouble {
    let code = error.code.clone().unwrap_or_default();
    let kind = match code.as_str() {
        "AccessDenied" => Kind::Denied,
        "SlowDown" | "InternalError" | "ServiceUnavailable" => Kind::Throttled,
        _ => Kind::Other,
    };
    let said = error.message.clone().unwrap_or_default();
    let mut trouble = Trouble::new(kind, format!("{} {uri}", act.verb), format!("{code}: {said}"));
    if kind == Kind::Denied {
        trouble = trouble
            .hint(format!("it needs {} on arn:aws:s3:::{}/{}", act.action, uri.bucket, uri.key));
    }
    trouble.code = Some(code);
    trouble
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{DeletedObject, Error};

    #[test]
    fn what_xml_cannot_hold_goes_by_itself() {
        for key in ["a b/ü+%.csv", "a\tb\r\n", "\u{10ffff}", "\u{85}"] {
            assert!(fits_xml(key), "{key:?}");
        }
        for key in ["\u{1b}[2J", "a\u{0}", "\u{ffff}", "\u{b}"] {
            assert!(!fits_xml(key), "{key:?}");
        }
    }

    #[test]
    fn an_answer_is_read_by_key_and_version() {
        let denied = Error::builder().key("b").version_id("2").code("AccessDenied").message("no");
        let marked = DeletedObject::builder().key("a").delete_marker(true);
        let answer = DeleteObjectsOutput::builder()
            .errors(denied.build())
            .deleted(marked.delete_marker_version_id("m1").build())
            .build();
        let said = Said::of(&answer);
        let fate = |act, key, version| said.of_one(act, "bucket", &Doomed { key, version });
        assert_eq!(fate(DELETE, "a", None), Ok((Gone::Marked, Some("m1".into()))));
        assert_eq!(fate(DELETE, "c", None), Ok((Gone::ForEver, None)));
        assert_eq!(fate(UNDELETE, "b", Some("1")), Ok((Gone::ForEver, Some("1".into()))));
        let trouble = fate(UNDELETE, "b", Some("2")).unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "remove the delete marker of s3://bucket/b: AccessDenied: no \
             (it needs s3:DeleteObjectVersion on arn:aws:s3:::bucket/b)"
        );
    }
}
