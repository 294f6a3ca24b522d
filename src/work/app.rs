//! The app's own jobs: opening, who we are, completing paths.

use super::{Cx, blocking, paths, places};
use crate::lake::Lake;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::ui::app::{Job, News, Which};
use crate::ui::talk::{Failure, Who};

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Open(which) => open(which, cx).await,
        Job::Identity => {
            let who = identity(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Identity(who)).await;
        }
        Job::Session => {
            let session = match cx.lake() {
                Ok(lake) => lake.session().await,
                Err(trouble) => Err(trouble),
            };
            // What is wrong with the credentials is told by the identity and by every request.
            if let Ok(session) = session {
                cx.tell(News::Session(session)).await;
            }
        }
        Job::CompletePath { text } => {
            let asked = text.clone();
            let (text, found) = blocking(move || paths::complete(&text)).await;
            let found = found.iter().map(|name| Shown::of(name)).collect();
            cx.tell(News::Completed { asked, text, found }).await;
        }
        Job::CompleteUri { text } => {
            let completed = match cx.lake() {
                Ok(lake) => places::complete(&lake, &text).await,
                Err(trouble) => Err(trouble),
            };
            match completed {
                Ok((completed, found)) => {
                    let found = found.iter().map(|name| Shown::of(name)).collect();
                    cx.tell(News::Completed { asked: text, text: completed, found }).await;
                }
                Err(trouble) => cx.complain(&trouble).await,
            }
        }
    }
}

async fn open(which: Which, cx: &Cx) {
    let news = match (cx.shared.opener)(which).await {
        Ok(Some(lake)) => opened(lake, cx).await,
        Ok(None) => News::Nowhere,
        Err(trouble) => News::NotOpened(Failure::from(&trouble)),
    };
    cx.tell(news).await;
}

async fn opened(lake: Lake, cx: &Cx) -> News {
    let mut settings = lake.settings().clone();
    if settings.region.is_none() {
        // Where it comes from the environment or a profile, the header shows it all the same.
        match lake.region().await {
            Ok(region) => settings.region = Some(region),
            Err(trouble) if trouble.kind == Kind::Invalid => {
                return News::NotOpened(Failure::from(&trouble));
            }
            Err(_) => {}
        }
    }
    match cx.opened(lake).await {
        Ok(()) => News::Opened(Box::new(settings)),
        Err(trouble) => News::NotOpened(Failure::from(&trouble)),
    }
}

async fn identity(cx: &Cx) -> Result<Who, Trouble> {
    let identity = cx.lake()?.identity().await?;
    Ok(Who {
        account: Shown::of(&identity.account),
        role: Shown::of(identity.role()),
        arn: Shown::of(&identity.arn),
    })
}
