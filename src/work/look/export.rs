//! All rows of a result, as a file.

use std::io;
use std::path::Path;

use super::Desk;
use crate::model::query::FileFormat;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::query::batch::Batch;
use crate::query::spool::Snapshot;
use crate::query::write::{WholeFile, writer};
use crate::ui::panes::sql::result::talk::News;
use crate::ui::talk::Failure;
use crate::ui::widgets::text;
use crate::work::paths;

/// Rows of a file are written so many at a time, in bytes.
const BATCH: usize = 256 << 10;
/// Rows are nobody else's to read.
const PRIVATE: u32 = 0o600;

pub(super) fn export(
    path: &str,
    format: FileFormat,
    replace: bool,
    rows: &Snapshot,
    desk: &Desk,
) -> Result<(), Trouble> {
    desk.may_take_out("export a result")?;
    let to = paths::typed(Path::new(path));
    if to.exists() && !replace {
        let path = path.to_owned();
        desk.tell(News::Exists { path, format });
        return Ok(());
    }
    let told = |error: io::Error| Trouble::disk(format!("write {}", to.display()), &error);
    match write(&to, format, rows, desk).map_err(told)? {
        Some(bytes) => {
            let (rows, bytes) = (text::plural(rows.len() as u64, "row"), text::bytes(bytes));
            let told = Shown::of(&format!("Wrote {}: {rows}, {bytes}", to.display()));
            desk.tell(News::Exported { told });
        }
        None => {
            let trouble = Trouble::new(Kind::Other, "export a result", "it was stopped");
            desk.tell(News::NotExported(Failure::from(&trouble)));
        }
    }
    Ok(())
}

/// `None` where nobody waits for it any more: then there is no file.
fn write(to: &Path, format: FileFormat, rows: &Snapshot, desk: &Desk) -> io::Result<Option<u64>> {
    let mut out = WholeFile::create(to, PRIVATE)?;
    let mut writer = writer(format, &desk.kept.columns)?;
    let mut scan = rows.scan(0)?;
    let mut batch = Batch::default();
    while let Some(row) = scan.next_row()? {
        batch.push(row.cells())?;
        if batch.weight() >= BATCH {
            writer.rows(&batch, &mut out)?;
            batch = Batch::default();
            if desk.cx.cancel.is_cancelled() {
                return Ok(None);
            }
        }
    }
    if !batch.is_empty() {
        writer.rows(&batch, &mut out)?;
    }
    writer.end(&mut out)?;
    out.finish().map(Some)
}
