//! Where a query's results go, and what the request has to say for it.

use crate::lake::Lake;
use crate::model::object::Role;
use crate::model::query::Workgroup;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The workgroup that Athena uses where none is named.
const PRIMARY: &str = "primary";

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
    /// True where the workgroup overrides whatever is asked for.
    pub enforced: bool,
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
        Err(trouble) if trouble.kind == Kind::Denied => Workgroup::default(),
        Err(trouble) => return Err(trouble),
    };
    decide(settings, name, &group)
}

fn decide(settings: &Settings, name: &str, group: &Workgroup) -> Result<Place, Trouble> {
    let workgroup = name.to_owned();
    if group.managed || (group.enforces && group.output.is_some()) {
        let effective = group.output.clone().filter(|_| !group.managed);
        return Ok(Place { workgroup, effective, enforced: true, ..Place::default() });
    }
    if let Some(location) = settings.output_location.clone().or_else(|| below_analyst(settings)) {
        let kms_key = key_of(settings, &location);
        let effective = Some(location.clone());
        let output_location = Some(location);
        return Ok(Place { workgroup, output_location, kms_key, effective, enforced: false });
    }
    if let Some(location) = &group.output {
        let kms_key = key_of(settings, location);
        let effective = Some(location.clone());
        return Ok(Place { workgroup, kms_key, effective, ..Place::default() });
    }
    let hint = format!("set output_location in [lakes.{}]", settings.name);
    Err(Trouble::new(Kind::Invalid, "start the query", "no place for its results is known")
        .hint(hint))
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
