//! The tabs of SQL as they are kept on disk.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Cx, blocking, keep};
use crate::model::drafts::Drafts;
use crate::model::trouble::Trouble;
use crate::ui::panes::sql::News;
use crate::ui::talk::Failure;

/// So long nothing must have been typed before drafts go to disk.
const REST: Duration = Duration::from_millis(400);

/// Drafts that are not yet on disk.
#[derive(Default)]
pub(super) struct Unwritten(Mutex<Option<Waiting>>);

struct Waiting {
    edit: u32,
    path: PathBuf,
    drafts: Drafts,
}

impl Waiting {
    fn write(&self) -> io::Result<()> {
        keep::write(&self.path, &serde_json::to_string(&self.drafts)?)
    }
}

impl Unwritten {
    fn take(&self) -> Option<Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, drafts: Waiting) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_none_or(|other| other.edit <= drafts.edit) {
            *waiting = Some(drafts);
        }
    }

    /// Writes what still waits; the program is ending.
    pub(super) fn flush(&self) {
        if let Some(waiting) = self.take()
            && let Err(error) = waiting.write()
        {
            tracing::warn!("the drafts could not be kept: {error}");
        }
    }
}

pub(super) async fn load(cx: &Cx) {
    let read = read(cx).await;
    cx.tell(News::Drafts(read.map_err(|trouble| Failure::from(&trouble)))).await;
}

async fn read(cx: &Cx) -> Result<Drafts, Trouble> {
    let path = cx.desk().drafts(cx.lake()?.settings());
    let failed = {
        let what = format!("read the drafts {}", path.display());
        move |error: io::Error| Trouble::disk(what.clone(), &error)
    };
    let file = path.clone();
    let text = blocking(move || keep::read(&file)).await.map_err(&failed)?;
    if text.is_empty() {
        return Ok(Drafts::default());
    }
    match serde_json::from_str(&text) {
        Ok(drafts) => Ok(drafts),
        Err(error) => {
            // What cannot be read is not written over.
            let aside = path.with_extension("unreadable");
            blocking(move || std::fs::rename(&path, &aside)).await.map_err(&failed)?;
            cx.complain(&failed(error.into()).hint("it lies beside its place as .unreadable"))
                .await;
            Ok(Drafts::default())
        }
    }
}

/// Cancelled by the next key; what waits is written when the program ends at the latest.
pub(super) async fn keep(now: bool, edit: u32, drafts: Drafts, cx: &Cx) {
    let Ok(lake) = cx.lake() else { return };
    let path = cx.desk().drafts(lake.settings());
    cx.bench().drafts.put(Waiting { edit, path, drafts });
    let rest = if now { Duration::ZERO } else { REST };
    tokio::select! {
        () = cx.cancel.cancelled() => return,
        () = tokio::time::sleep(rest) => {}
    }
    let Some(waiting) = cx.bench().drafts.take() else { return };
    let shown = waiting.path.display().to_string();
    if let Err(error) = blocking(move || waiting.write()).await {
        cx.complain(&Trouble::disk(format!("keep the drafts {shown}"), &error)).await;
    }
}
