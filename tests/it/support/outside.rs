//! Clients and servers from `tests/clients.txt`, in a virtual environment below `target/tmp`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A file of `tests/clients/`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A program of the pinned clients. Installs them on first use; panics where that fails.
pub fn bin(name: &str) -> PathBuf {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    let dir = READY.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
        let status = Command::new(script("install")).arg(&dir).status().expect("sh is there");
        assert!(status.success(), "tests/clients/install could not install tests/clients.txt");
        dir
    });
    let program = dir.join("bin").join(name);
    assert!(program.exists(), "{name} is not among the pinned clients");
    program
}
