//! Presigned links: whoever has one reads the object, and needs nothing else.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use jiff::{SignedDuration, Timestamp};

use super::super::Lake;
use super::super::ask::{Ask, Pace};
use super::super::guard::Receipt;
use crate::model::settings::Place;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// S3 user guide, "Download and upload objects with presigned URLs": seven days.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// A link, and when it opens nothing any more. Its text is a secret: it is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    pub url: String,
    pub until: Timestamp,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Lake {
    /// A link that reads this object, or this version of it, for so long, or until the session
    /// ends with which it is signed. The object is looked at first, so that the link leads
    /// somewhere. It is no write, and read-only mode permits it; it leaves an audit line all the
    /// same.
    ///
    /// # Errors
    /// [`Kind::Refused`] where nothing may leave the lake, and by the guard; [`Kind::NotFound`];
    /// [`Kind::Invalid`] for more than [`LONGEST`], and in a lake that no link leads into.
    pub async fn link(
        &self,
        uri: &S3Uri,
        version_id: Option<&str>,
        lasting: Duration,
    ) -> Result<Link, Trouble> {
        let action = match version_id {
            Some(_) => "s3:GetObjectVersion by link",
            None => "s3:GetObject by link",
        };
        let ask = Ask::object(action, "make a link to", uri);
        let permit = self.permit_link(&ask).await?;
        let made = self.linked(&ask, uri, version_id, lasting).await;
        permit.settle(made, |link| Receipt {
            version_id: version_id.map(ToOwned::to_owned),
            until: Some(link.until),
            ..Receipt::default()
        })
    }

    async fn linked(
        &self,
        ask: &Ask,
        uri: &S3Uri,
        version_id: Option<&str>,
        lasting: Duration,
    ) -> Result<Link, Trouble> {
        let invalid = |why: String| Trouble::new(Kind::Invalid, &ask.what, why);
        if let Place::Local(_) = self.settings().place {
            let why = "this lake is served inside this program, and no link leads into it";
            return Err(invalid(why.to_owned())
                .hint("lakehand serve makes it reachable: open it by its endpoint_url"));
        }
        // Also teaches in which region the bucket is: a link is signed for one.
        match version_id {
            Some(id) => self.head_version(uri, id).await?,
            None => self.head(uri).await?,
        };
        if lasting > LONGEST {
            return Err(invalid("a link lasts seven days at most".to_owned()));
        }
        let how =
            PresigningConfig::expires_in(lasting).map_err(|error| invalid(error.to_string()))?;
        let asked = Timestamp::now();
        let signed = self
            .in_bucket(ask, &uri.bucket, Pace::Quick, |client| {
                client
                    .get_object()
                    .bucket(&uri.bucket)
                    .key(&uri.key)
                    .set_version_id(version_id.map(ToOwned::to_owned))
                    .presigned(how.clone())
            })
            .await?;
        let lasting = SignedDuration::try_from(lasting).unwrap_or_default();
        let until = asked.checked_add(lasting).unwrap_or(asked);
        let ends = self.session().await.ok().and_then(|session| session.expires);
        Ok(Link { url: signed.uri().to_owned(), until: ends.map_or(until, |end| end.min(until)) })
    }
}
