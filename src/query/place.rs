//! Where a query's results go, and what the request has to say for it.

use crate::lake::Lake;
use crate::model::object::Role;
use crate::model::query::{PRIMARY, Workgroup};
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The decision for one query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    pub workgroup: String,
    /// Sent with the query; `None` where the workgroup decides.
    pub output_location: Option<String>,
    /// Sent with the query; `None` where no key is configured for the bucket.
    pub kms_key: Option<String>,
    /// Where the results really will be, for the screen; `None` for managed results.
    pub effective: Option<String>,
    /// How they really will be encrypted: `SSE_KMS alias/K`; `None` where the bucket decides.
    pub encryption: Option<String>,
    /// True where the workgroup overrides whatever is asked for.
    pub enforced: bool,
    /// False where the workgroup is disabled and runs nothing.
    pub enabled: bool,
}

impl Place {
    /// Itself, where a query can be started there.
    ///
    /// # Errors
    /// [`Kind::Invalid`] where the workgroup is disabled.
    pub fn open(self) -> Result<Self, Trouble> {
        if self.enabled {
            return Ok(self);
        }
        let why = format!("workgroup {} is disabled: Athena runs nothing in it", self.workgroup);
        Err(Trouble::new(Kind::Invalid, "start the query", why)
            .hint("choose another workgroup, or have this one enabled"))
    }
}

/// The workgroup's location when it enforces one; else `output_location`; else `athena/` in
/// the analyst bucket; else the workgroup's own.
///
/// # Errors
/// [`Kind::Invalid`] with the key to set, where there is none of these; what GetWorkGroup
/// answers, unless it is that we may not ask: then the workgroup is taken to enforce nothing.
pub async fn place(lake: &Lake, workgroup: Option<&str>) -> Result<Place, Trouble> {
    let settings = lake.settings();
    let name = workgroup.or(settings.workgroup.as_deref()).unwrap_or(PRIMARY);
    let group = match lake.workgroup(name).await {
        Ok(group) => group,
        Err(trouble) if trouble.kind == Kind::Denied => {
            Workgroup { enabled: true, ..Workgroup::default() }
        }
        Err(trouble) => return Err(trouble),
    };
    decide(settings, name, &group)
}

/// The same from what is known of the workgroup already.
///
/// # Errors
/// As [`place`].
pub fn decide(settings: &Settings, name: &str, group: &Workgroup) -> Result<Place, Trouble> {
    let (workgroup, enabled) = (name.to_owned(), group.enabled);
    let asked = |key: &Option<String>| key.as_ref().map(|key| format!("SSE_KMS {key}"));
    if group.managed || (group.enforces && group.output.is_some()) {
        let effective = group.output.clone().filter(|_| !group.managed);
        let encryption = of_workgroup(group);
        let place = Place { workgroup, effective, encryption, enabled, ..Place::default() };
        return Ok(Place { enforced: true, ..place });
    }
    if let Some(location) = settings.output_location.clone().or_else(|| below_analyst(settings)) {
        let kms_key = key_of(settings, &location);
        let effective = Some(location.clone());
        let (output_location, encryption) = (Some(location), asked(&kms_key));
        let place = Place { workgroup, output_location, kms_key, effective, ..Place::default() };
        return Ok(Place { encryption, enabled, ..place });
    }
    if let Some(location) = &group.output {
        let kms_key = key_of(settings, location);
        let effective = Some(location.clone());
        let encryption = asked(&kms_key).or_else(|| of_workgroup(group));
        let place = Place { workgroup, kms_key, effective, ..Place::default() };
        return Ok(Place { encryption, enabled, ..place });
    }
    let hint = format!("set output_location in [lakes.{}]", settings.name);
    Err(Trouble::new(Kind::Invalid, "start the query", "no place for its results is known")
        .hint(hint))
}

/// `SSE_KMS arn:…`, `SSE_S3`.
fn of_workgroup(group: &Workgroup) -> Option<String> {
    let option = group.encryption.as_ref()?;
    let key = group.kms_key.as_ref().map(|key| format!(" {key}"));
    Some(format!("{option}{}", key.unwrap_or_default()))
}

fn below_analyst(settings: &Settings) -> Option<String> {
    let analyst = settings.role(Role::Analyst)?;
    Some(format!("s3://{}/{}athena/", analyst.name, analyst.prefix))
}

fn key_of(settings: &Settings, location: &str) -> Option<String> {
    let uri: S3Uri = location.parse().ok()?;
    settings.kms_key(&uri.bucket).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::RoleBucket;

    fn settings(analyst: bool, location: Option<&str>) -> Settings {
        let mut settings = Settings::aws("tre");
        settings.output_location = location.map(str::to_owned);
        if analyst {
            settings.buckets.push(RoleBucket {
                role: Role::Analyst,
                name: "an".to_owned(),
                kms_key: Some("alias/K".to_owned()),
                prefix: "results/".to_owned(),
            });
        }
        settings
    }

    fn group(enforces: bool, output: Option<&str>) -> Workgroup {
        let output = output.map(str::to_owned);
        Workgroup { enforces, output, ..Workgroup::default() }
    }

    #[test]
    fn an_enforcing_workgroup_decides() {
        let group = group(true, Some("s3://wg/"));
        let place = decide(&settings(true, Some("s3://own/")), "w", &group).unwrap();
        assert_eq!((place.output_location, place.kms_key), (None, None));
        assert_eq!(place.effective.as_deref(), Some("s3://wg/"));
        assert!(place.enforced);
    }

    #[test]
    fn what_is_shown_is_what_holds() {
        let enforcing = Workgroup {
            encryption: Some("SSE_KMS".into()),
            kms_key: Some("arn:k".into()),
            enabled: true,
            ..group(true, Some("s3://wg/"))
        };
        let place = decide(&settings(true, None), "w", &enforcing).unwrap();
        assert_eq!(place.encryption.as_deref(), Some("SSE_KMS arn:k"));
        let place = decide(&settings(true, None), "w", &group(false, None)).unwrap();
        assert_eq!(place.encryption.as_deref(), Some("SSE_KMS alias/K"));
        assert!(place.open().unwrap_err().to_string().contains("workgroup w is disabled"));
    }

    #[test]
    fn then_the_configuration_then_the_analyst_bucket_then_the_workgroup() {
        let group = group(false, Some("s3://wg/"));
        let sent = |settings: &Settings| decide(settings, "w", &group).unwrap();
        let place = sent(&settings(true, Some("s3://own/x/")));
        assert_eq!(place.output_location.as_deref(), Some("s3://own/x/"));
        assert_eq!(place.kms_key, None, "no key is configured for that bucket");
        let place = sent(&settings(true, None));
        assert_eq!(place.output_location.as_deref(), Some("s3://an/results/athena/"));
        assert_eq!(place.kms_key.as_deref(), Some("alias/K"));
        let place = sent(&settings(false, None));
        assert_eq!((place.output_location, place.effective.as_deref()), (None, Some("s3://wg/")));
    }

    #[test]
    fn a_location_in_the_analyst_bucket_takes_its_key() {
        let place = decide(&settings(true, Some("s3://an/x/")), "w", &group(false, None)).unwrap();
        assert_eq!(place.kms_key.as_deref(), Some("alias/K"));
    }

    #[test]
    fn with_none_of_them_the_key_to_set_is_named() {
        let trouble = decide(&settings(false, None), "w", &group(true, None)).unwrap_err();
        assert_eq!(trouble.kind, Kind::Invalid);
        assert_eq!(trouble.hint.as_deref(), Some("set output_location in [lakes.tre]"));
    }
}
