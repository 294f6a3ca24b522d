//! Lake Formation: which locations it has, and under which role.

use aws_sdk_lakeformation::operation::RequestId as _;
use aws_sdk_lakeformation::types::ResourceInfo;

use super::Lake;
use super::ask::{Ask, Service};
use super::guard::Receipt;
use super::sts::timestamp;
use crate::model::bucket::Registration;
use crate::model::mode::Mode;
use crate::model::trouble::Trouble;

impl Lake {
    /// Every location that is registered.
    ///
    /// # Errors
    /// As Lake Formation answers; `NotFound` where there is none beside an S3 that is
    /// not AWS's.
    pub async fn registrations(&self) -> Result<Vec<Registration>, Trouble> {
        let what = "list the locations registered with Lake Formation";
        let ask = Ask::new(Service::LakeFormation, "lakeformation:ListResources", what, "*");
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.formation.list_resources().set_next_token(token.take()).send())
                .await?;
            let found = answer.resource_info_list.unwrap_or_default();
            all.extend(found.into_iter().filter_map(registration));
            token = answer.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    /// One location by its ARN; `None` where it is not registered.
    ///
    /// # Errors
    /// As [`Self::registrations`].
    pub async fn registration(&self, arn: &str) -> Result<Option<Registration>, Trouble> {
        let ask = about("lakeformation:DescribeResource", "look up the registration of", arn);
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let answer =
            self.call(&ask, |to| to.formation.describe_resource().resource_arn(arn).send()).await;
        match answer {
            Ok(answer) => Ok(answer.resource_info.and_then(registration)),
            Err(trouble) if trouble.code.as_deref() == Some("EntityNotFoundException") => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Registers a location with a role, or with the role that the service makes for itself; in
    /// admin mode only.
    ///
    /// # Errors
    /// `Refused` by the guard; as Lake Formation answers else.
    pub async fn register(&self, arn: &str, role: Option<&str>) -> Result<(), Trouble> {
        let ask = about("lakeformation:RegisterResource", "register", arn);
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let permit = self.permit_from(&ask, Mode::Admin).await?;
        let sent = self
            .call(&ask, |to| {
                to.formation
                    .register_resource()
                    .resource_arn(arn)
                    .set_role_arn(role.map(ToOwned::to_owned))
                    .set_use_service_linked_role(role.is_none().then_some(true))
                    .send()
            })
            .await
            .map(|answer| receipt(answer.request_id()));
        permit.settle(sent, Clone::clone).map(|_| ())
    }

    /// Takes a location from Lake Formation; in admin mode only.
    ///
    /// # Errors
    /// `NotFound` where it is not registered, `Refused` by the guard.
    pub async fn deregister(&self, arn: &str) -> Result<(), Trouble> {
        let ask = about("lakeformation:DeregisterResource", "deregister", arn);
        self.is_beside_s3(&ask, &*self.clients().await?)?;
        let permit = self.permit_from(&ask, Mode::Admin).await?;
        let sent = self
            .call(&ask, |to| to.formation.deregister_resource().resource_arn(arn).send())
            .await
            .map(|answer| receipt(answer.request_id()));
        permit.settle(sent, Clone::clone).map(|_| ())
    }
}

fn about(action: &'static str, verb: &str, arn: &str) -> Ask {
    Ask::new(Service::LakeFormation, action, format!("{verb} {arn}"), arn)
}

fn receipt(request_id: Option<&str>) -> Receipt {
    Receipt { request_id: request_id.map(ToOwned::to_owned), ..Receipt::default() }
}

fn registration(info: ResourceInfo) -> Option<Registration> {
    Some(Registration {
        arn: info.resource_arn?,
        role: info.role_arn,
        hybrid: info.hybrid_access_enabled == Some(true),
        modified: info.last_modified.as_ref().and_then(timestamp),
    })
}
