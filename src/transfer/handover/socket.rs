//! A socket in the file system, however long its path is.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// `sun_path` holds 108 bytes on Linux and 104 on the BSDs and macOS, with a NUL at the end.
const LONGEST: usize = 103;

/// A way to the socket that is short enough, and what has to stay open for it.
struct Way {
    path: PathBuf,
    _folder: Option<File>,
}

fn way(path: &Path) -> io::Result<Way> {
    if path.as_os_str().len() <= LONGEST {
        return Ok(Way { path: path.to_owned(), _folder: None });
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    // Linux names an open folder in few bytes; elsewhere there is no such folder, and the
    // error says so.
    let folder = File::open(folder)?;
    let by_number = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
    if !by_number.exists() {
        return Err(io::Error::other(format!(
            "its path is longer than the {LONGEST} bytes that a socket's may have; \
             set LAKEHAND_HOME to a shorter folder"
        )));
    }
    Ok(Way { path: by_number.join(name), _folder: Some(folder) })
}

/// Listens there, for this user alone.
pub(super) fn bind(path: &Path) -> io::Result<UnixListener> {
    let way = way(path)?;
    let listener = UnixListener::bind(&way.path)?;
    // The folder is ours alone too, so that there is no moment at which others could enter.
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

pub(super) async fn connect(path: &Path) -> io::Result<UnixStream> {
    let way = way(path)?;
    UnixStream::connect(&way.path).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_path_is_no_hindrance_and_the_socket_is_private() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["short".to_owned(), "long/".repeat(40)] {
            let folder = dir.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join("x.sock");
            let listener = bind(&path).unwrap();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let (ours, theirs) = tokio::join!(connect(&path), listener.accept());
            assert!(ours.is_ok() && theirs.is_ok());
        }
    }
}
