//! Where statements can run: lists of Athena's, page by page, and what holds in a workgroup.

use std::time::Duration;

use super::Cx;
use crate::lake::Lake;
use crate::model::query::Entry;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::query;
use crate::ui::panes::sql::News as Any;
use crate::ui::panes::sql::venue::talk::{Group, Job, News, Page, Which};
use crate::ui::talk::Failure;

/// So long the cursor rests on a workgroup before Athena is asked about it.
const REST: Duration = Duration::from_millis(120);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::List(which) => list(which, cx).await,
        Job::Group(name) => {
            tokio::time::sleep(REST).await;
            let result = group(&name, cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(Any::Venue(News::Group { name, result })).await;
        }
    }
}

/// Each page is told as it comes.
async fn list(which: Which, cx: &Cx) {
    let (mut token, mut first) = (None, true);
    loop {
        let (page, next) = match page(&which, token, cx).await {
            Ok((entries, next)) => (Ok(Page { entries, first, last: next.is_none() }), next),
            Err(trouble) => (Err(Failure::from(&trouble)), None),
        };
        cx.tell(Any::Venue(News::Page { which: which.clone(), page })).await;
        first = false;
        match next {
            Some(next) => token = Some(next),
            None => return,
        }
    }
}

async fn page(
    which: &Which,
    token: Option<String>,
    cx: &Cx,
) -> Result<(Vec<Entry>, Option<String>), Trouble> {
    let lake = cx.lake()?;
    match which {
        Which::Workgroups => lake.workgroups(token).await,
        Which::Catalogs => lake.data_catalogs(token).await,
        Which::Databases(catalog) => lake.catalog_databases(catalog, token).await,
    }
}

async fn group(name: &str, cx: &Cx) -> Result<Group, Trouble> {
    let lake: Lake = cx.lake()?;
    let workgroup = lake.workgroup(name).await?;
    Ok(match query::decide(lake.settings(), name, &workgroup) {
        Ok(place) => Group {
            output: match (&place.effective, workgroup.managed) {
                (_, true) => "kept by Athena".into(),
                (Some(location), _) => Shown::of(location),
                (None, _) => Shown::default(),
            },
            encryption: place.encryption.as_deref().map(Shown::of),
            enforced: place.enforced,
            workgroup,
        },
        Err(trouble) => Group { output: Shown::of(&trouble.why), workgroup, ..Group::default() },
    })
}
