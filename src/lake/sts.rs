//! Who we are.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials as _;

use super::Lake;
use super::ask::{Ask, Service};
use super::trouble;
use crate::model::identity::{Identity, Session};
use crate::model::trouble::{Kind, Trouble};

impl Lake {
    /// The caller's account and ARN, asked of STS once and remembered.
    ///
    /// # Errors
    /// Whatever keeps STS from answering; asked again on the next call.
    pub async fn identity(&self) -> Result<Identity, Trouble> {
        if let Some(identity) = self.known_identity() {
            return Ok(identity);
        }
        let ask = Ask::new(Service::Sts, "sts:GetCallerIdentity", "ask STS who we are", "*");
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let answer = self.call(&ask, |to| to.sts.get_caller_identity().send()).await?;
        let identity = Identity {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
        };
        self.remember_identity(&identity);
        Ok(identity)
    }

    /// Finds credentials, as the next request would, and says when they end. Asks nothing of
    /// the lake itself, so it also tells whether there are credentials at all.
    ///
    /// # Errors
    /// [`Kind::NoCredentials`], [`Kind::Expired`], or a missing region.
    pub async fn session(&self) -> Result<Session, Trouble> {
        let what = format!("find credentials for lake {}", self.settings().name);
        let clients = self.clients().await?;
        let about = self.circumstances(Service::Sts, &clients);
        let Some(provider) = clients.sdk.credentials_provider() else {
            return Err(Trouble::new(Kind::NoCredentials, what, "no AWS credentials were found"));
        };
        match provider.provide_credentials().await {
            Ok(credentials) => {
                Ok(Session { expires: credentials.expiry().and_then(|at| at.try_into().ok()) })
            }
            Err(error) => {
                let said =
                    trouble::chain(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
                self.forget_credentials(&clients).await;
                Err(trouble::no_credentials(&what, &said, &error, &about))
            }
        }
    }
}

/// An SDK time as ours; `None` for one outside the years ±9999.
pub(super) fn timestamp(at: &aws_smithy_types::DateTime) -> Option<jiff::Timestamp> {
    SystemTime::try_from(*at).ok()?.try_into().ok()
}
