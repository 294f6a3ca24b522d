//! Texts of SQL as files of this machine.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use super::{Cx, blocking, keep, paths};
use crate::model::trouble::Trouble;
use crate::ui::panes::sql::News;

/// What is opened of a file, in bytes: more is no text that anybody types.
const LARGEST: u64 = 4 << 20;

pub(super) async fn open(path: String, cx: &Cx) {
    let place = paths::typed(Path::new(&path));
    match blocking(move || read(&place)).await {
        Ok(text) => cx.tell(News::Opened { path, text }).await,
        Err(error) => cx.complain(&Trouble::disk(format!("open {path}"), &error)).await,
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other("it is not text in UTF-8"),
        _ => error,
    })?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(text)
}

/// What became of a text that was to be written.
enum Written {
    Yes,
    InTheWay,
}

pub(super) async fn save(tab: u32, path: String, text: String, replace: bool, cx: &Cx) {
    let place = paths::typed(Path::new(&path));
    let with_end = if text.ends_with('\n') { text.clone() } else { format!("{text}\n") };
    let written = blocking(move || {
        if !replace && place.symlink_metadata().is_ok() {
            return Ok(Written::InTheWay);
        }
        keep::replace(&place, &with_end).map(|()| Written::Yes)
    });
    match written.await {
        Ok(Written::Yes) => cx.tell(News::Written { tab, path }).await,
        Ok(Written::InTheWay) => cx.tell(News::InTheWay { tab, path, text }).await,
        Err(error) => cx.complain(&Trouble::disk(format!("save {path}"), &error)).await,
    }
}
