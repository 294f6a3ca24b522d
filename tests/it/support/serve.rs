//! `lakehand serve` as a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Serve {
    child: Child,
    url: String,
    _home: tempfile::TempDir,
}

impl Serve {
    /// Serves `dir` on a free port and waits until it says where.
    pub fn start(dir: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_lakehand"))
            .args(["serve", "--listen", "127.0.0.1:0", "--local"])
            .arg(dir)
            .env("LAKEHAND_HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("lakehand starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("serve says where it listens").unwrap();
        let url = first
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no address in {first:?}"))
            .trim_end_matches(['.', ','])
            .to_owned();
        // Drain the rest, so that the server never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url, _home: home }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// SIGKILL: no destructor, no flush.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
