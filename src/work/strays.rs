//! Unfinished uploads: found bucket by bucket, measured behind, aborted or gone on with. What a live transfer
//! is sending is neither shown nor touched.

use std::collections::HashSet;
use std::path::PathBuf;

use futures::StreamExt;

use super::{Cx, blocking, paths};
use crate::lake::Lake;
use crate::lake::parts::Begun;
use crate::lake::strays as lake;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::transfer::{Plan, Upload, UploadHow};
use crate::ui::panes::transfers::News as PaneNews;
use crate::ui::panes::transfers::strays::{Extent, Job, News, Stray, UploadName};
use crate::ui::talk::{Failure, Level, Notice};
use crate::ui::widgets::text;

/// Buckets that are looked into at a time.
const BUCKETS: usize = 4;
/// ListParts or Abort requests in flight, of one bucket or one act.
const AT_ONCE: usize = 4;

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Look { generation } => {
            if let Err(trouble) = look(generation, cx).await {
                tell(News::Broken { generation, failure: Failure::from(&trouble) }, cx).await;
            }
        }
        Job::Adopt { from, to, upload_id, approval } => {
            if let Err(trouble) = adopt(from, to, upload_id, approval, cx).await {
                cx.complain(&trouble).await;
            }
        }
        Job::Abort { uploads } => {
            if let Err(trouble) = abort(uploads, cx).await {
                cx.complain(&trouble).await;
            }
        }
    }
}

async fn tell(news: News, cx: &Cx) {
    cx.tell(PaneNews::Strays(news)).await;
}

async fn look(generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    live(cx).await?;
    let buckets: Vec<_> =
        lake.buckets().await?.into_iter().map(|bucket| (bucket.name, bucket.role)).collect();
    tell(News::Buckets { generation, buckets: buckets.clone() }, cx).await;
    let looks = buckets.into_iter().map(|(bucket, _)| {
        let lake = lake.clone();
        async move {
            if let Err(trouble) = look_into(&lake, &bucket, generation, cx).await {
                let failure = Failure::from(&trouble);
                tell(News::Closed { generation, bucket, failure }, cx).await;
            }
        }
    });
    futures::stream::iter(looks).buffer_unordered(BUCKETS).collect::<Vec<()>>().await;
    tell(News::Looked { generation }, cx).await;
    Ok(())
}

/// Page after page; then how much each upload holds.
async fn look_into(lake: &Lake, bucket: &str, generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let page = lake.strays(bucket, next.as_ref()).await?;
        // Asked after the page: what has begun meanwhile is known.
        let live = live(cx).await?;
        let strays = page.uploads.into_iter().map(|upload| stray(bucket, upload));
        let uploads: Vec<Stray> = strays.filter(|one| !live.has(&one.to, &one.upload_id)).collect();
        found.extend(uploads.iter().map(|one| (one.to.clone(), one.upload_id.clone())));
        let (bucket, more) = (bucket.to_owned(), page.next.is_some());
        tell(News::Found { generation, bucket, uploads, more }, cx).await;
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let sizes = found.into_iter().map(|(to, upload_id)| async move {
        let extent = extent(lake, &to, &upload_id).await;
        let upload = UploadName { bucket: to.bucket, upload_id };
        match extent {
            Some(extent) => tell(News::Sized { generation, upload, extent }, cx).await,
            None => tell(News::Gone { upload }, cx).await,
        }
    });
    futures::stream::iter(sizes).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    Ok(())
}

fn stray(bucket: &str, upload: lake::Stray) -> Stray {
    let shown = |text: Option<String>| text.as_deref().map(Shown::of);
    Stray {
        to: S3Uri::new(bucket, &upload.key),
        upload_id: upload.upload_id,
        initiated: upload.initiated,
        initiator: shown(upload.initiator),
        owner: shown(upload.owner),
        class: shown(upload.storage_class),
        checksum: shown(upload.checksum),
        extent: Extent::Unknown,
    }
}

/// What the store has of an upload; `None` where it is gone.
async fn extent(lake: &Lake, to: &S3Uri, upload_id: &str) -> Option<Extent> {
    match lake.sent_parts(&begun(to, upload_id)).await {
        Ok(parts) => Some(Extent::Known {
            parts: parts.len() as u32,
            bytes: parts.iter().map(|part| part.size).sum(),
        }),
        Err(trouble) if trouble.kind == Kind::NotFound => None,
        Err(trouble) => Some(Extent::Hidden(Failure::from(&trouble))),
    }
}

fn begun(to: &S3Uri, upload_id: &str) -> Begun {
    Begun { to: to.clone(), upload_id: upload_id.to_owned(), checksums: false }
}

/// Into the queue, as the upload of this file that goes on from there.
async fn adopt(
    from: PathBuf,
    to: S3Uri,
    upload_id: String,
    approval: Option<String>,
    cx: &Cx,
) -> Result<(), Trouble> {
    let from = paths::typed(&from);
    let refuse = |why: &str| {
        let what = format!("go on with the upload of {to} from {}", from.display());
        Trouble::new(Kind::Invalid, what, why).hint("tab completes the path")
    };
    let path = from.clone();
    match blocking(move || std::fs::metadata(path)).await {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Err(refuse("it is not a file")),
        Err(error) => return Err(refuse(&error.to_string())),
    }
    if to.is_prefix() {
        return Err(refuse("its key is that of a folder"));
    }
    if live(cx).await?.has(&to, &upload_id) {
        return Err(refuse("a transfer is sending it already"));
    }
    let how = UploadHow { adopt: Some(upload_id.clone()), approval, ..UploadHow::default() };
    let upload = UploadName { bucket: to.bucket.clone(), upload_id };
    cx.engine()?.add(Plan::Upload(Upload { how, ..Upload::new(vec![from], to) }));
    tell(News::Gone { upload }, cx).await;
    let text = "It is in the queue: what fits of its parts is kept, the rest is sent";
    cx.say(Notice { level: Level::Info, text: text.into(), hint: None }).await;
    Ok(())
}

/// Aborts one after the other; what has come to life since it was listed is left alone.
async fn abort(uploads: Vec<(S3Uri, String)>, cx: &Cx) -> Result<(), Trouble> {
    let lake = &cx.lake()?;
    let live = &live(cx).await?;
    let aborts = uploads.into_iter().map(|(to, upload_id)| async move {
        if live.has(&to, &upload_id) {
            let why = "a transfer of this queue is sending it";
            return Err(Trouble::new(Kind::Refused, format!("abort the upload of {to}"), why));
        }
        lake.abort_upload(&begun(&to, &upload_id)).await?;
        tell(News::Gone { upload: UploadName { bucket: to.bucket, upload_id } }, cx).await;
        Ok(())
    });
    let done: Vec<Result<(), Trouble>> =
        futures::stream::iter(aborts).buffer_unordered(AT_ONCE).collect().await;
    let aborted = done.iter().filter(|one| one.is_ok()).count() as u64;
    let failures: Vec<Trouble> = done.into_iter().filter_map(Result::err).collect();
    if let Some(first) = failures.first() {
        cx.complain(first).await;
    }
    let (level, text) = match failures.len() as u64 {
        0 => (Level::Info, format!("Aborted {}", text::plural(aborted, "upload"))),
        failed => {
            (Level::Warn, format!("Aborted {}, {failed} not", text::plural(aborted, "upload")))
        }
    };
    cx.say(Notice { level, text: text.into(), hint: None }).await;
    Ok(())
}

/// What transfers are about.
struct Live {
    uploads: HashSet<String>,
    /// Where an upload may just be beginning: its id is not known yet.
    beginning: HashSet<S3Uri>,
}

impl Live {
    fn has(&self, to: &S3Uri, upload_id: &str) -> bool {
        self.uploads.contains(upload_id) || self.beginning.contains(to)
    }
}

async fn live(cx: &Cx) -> Result<Live, Trouble> {
    let engine = cx.engine()?;
    // Of every process that has this journal, and of what waits to be taken up again.
    let uploads = engine.journal().upload_ids().await?.into_iter().collect();
    let mut live = Live { uploads, beginning: HashSet::new() };
    for (to, upload_id) in engine.uploads() {
        match upload_id {
            Some(id) => live.uploads.insert(id),
            None => live.beginning.insert(to),
        };
    }
    Ok(live)
}
