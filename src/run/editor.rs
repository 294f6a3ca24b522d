//! A text in the editor of the user's choice.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::Command;

/// Edits a text in `$VISUAL`, else `$EDITOR`, else `vi`, which has the terminal meanwhile; blocks
/// until the editor ends. `None` where it ended badly: then nothing was meant to change.
///
/// The file is in `dir`, readable by nobody else, and gone when this returns, as is what editors
/// like to leave beside it.
///
/// # Errors
/// Where the file cannot be written or read, or there is no editor.
pub fn edit(dir: &Path, text: &str) -> io::Result<Option<String>> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let own = tempfile::Builder::new().prefix("edit-").tempdir_in(dir)?;
    let path = own.path().join("statement.sql");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    // As git does: the variable may hold arguments, quoted as for the shell.
    let ended = Command::new("sh")
        .arg("-c")
        .arg(format!("{} \"$1\"", chosen()))
        .args(["sh".as_ref(), path.as_os_str()])
        .status()?;
    if !ended.success() {
        return Ok(None);
    }
    fs::read_to_string(&path).map(Some)
}

fn chosen() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}
