//! A program in a pseudo-terminal of 200×50.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(900);

/// `lakehand`, in a home of its own.
pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// With these variables beside those that it needs.
    pub fn start(home: &Path, more: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lakehand"));
        command.env_clear();
        for (key, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "us-east-1"),
        ] {
            command.env(key, value);
        }
        command.env("HOME", home);
        command.env("LAKEHAND_HOME", home);
        for (key, value) in more {
            command.env(key, value);
        }
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("lakehand starts");
        let mut out = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let cells = |count| std::num::NonZero::new(count).expect("a terminal has cells");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(50), cells(200), 0)));
        let seen = screen.clone();
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(n @ 1..) = out.read(&mut buffer) {
                seen.lock().expect("unpoisoned").process(&buffer[..n]);
            }
        });
        Self { screen, keys, child, _master: pair.master }
    }

    pub fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("it listens");
        self.keys.flush().expect("it listens");
    }

    pub fn contents(&self) -> String {
        self.screen.lock().expect("unpoisoned").screen().contents()
    }

    /// When the screen showed it.
    pub fn wait(&self, text: &str) -> Instant {
        self.wait_until(|screen| screen.contains(text))
    }

    pub fn wait_until(&self, holds: impl Fn(&str) -> bool) -> Instant {
        let start = Instant::now();
        loop {
            let screen = self.contents();
            if holds(&screen) {
                return Instant::now();
            }
            assert!(start.elapsed() < PATIENCE, "the screen stays\n{screen}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The process, as `/proc` names it.
    pub fn process(&self) -> String {
        self.child.process_id().map_or("self".into(), |id| id.to_string())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// MiB of a process that are in memory now, and at most so far.
pub fn memory(process: &str) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name| {
        let line = status.lines().find_map(|line: &str| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}
