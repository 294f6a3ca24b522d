//! The real binary in a pseudo-terminal: keys in, screen out.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take to show what is awaited. Generous: CI shares two cores.
const PATIENCE: Duration = Duration::from_secs(90);

struct Seen {
    screen: vt100::Parser,
    bytes: u64,
}

pub struct Terminal {
    seen: Arc<Mutex<Seen>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts lakehand with `args` in a terminal of `cols` × `rows`, at home in `home`.
    pub fn start(home: &Path, (cols, rows): (u16, u16), args: &[&str]) -> Self {
        Self::start_with(home, (cols, rows), args, &[])
    }

    /// The same with more environment; nothing of the caller's AWS settings is inherited.
    pub fn start_with(
        home: &Path,
        (cols, rows): (u16, u16),
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lakehand"));
        command.args(args);
        Self::run(home, (cols, rows), command, env)
    }

    /// The same at the end of a line that can be [cut](Self::cut).
    pub fn on_a_line(home: &Path, (cols, rows): (u16, u16), args: &[&str]) -> Self {
        let mut command = CommandBuilder::new("python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/line.py"));
        command.args([cols.to_string(), rows.to_string()]);
        command.arg(env!("CARGO_BIN_EXE_lakehand"));
        command.args(args);
        Self::run(home, (cols, rows), command, &[])
    }

    fn run(
        home: &Path,
        (cols, rows): (u16, u16),
        mut command: CommandBuilder,
        env: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("LAKEHAND_HOME", home);
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        for (key, value) in env {
            command.env(key, value);
        }
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("lakehand starts");
        let mut out = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(size_of(rows), size_of(cols), 0),
            bytes: 0,
        }));
        let reader = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = out.read(&mut buffer) {
                let mut seen = reader.lock().unwrap();
                seen.screen.process(&buffer[..n]);
                seen.bytes += n as u64;
            }
        });
        Self { seen, keys, child, _master: pair.master }
    }

    /// Types `text` as it stands: `\r` is Enter, `\x1b` Escape, `\t` Tab.
    pub fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn screen(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }

    /// Bytes written to the terminal since the start.
    pub fn bytes(&self) -> u64 {
        self.seen.lock().unwrap().bytes
    }

    /// True while the program holds the alternate screen.
    pub fn in_alternate_screen(&self) -> bool {
        self.seen.lock().unwrap().screen.screen().alternate_screen()
    }

    /// Waits until the screen shows `text`; panics with the screen where it does not come.
    #[track_caller]
    pub fn wait(&mut self, text: &str) -> String {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until `holds`; `what` says in the panic what was awaited.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            let gone = self.child.try_wait().unwrap();
            assert!(
                gone.is_none() && Instant::now() < deadline,
                "waited for {what} ({gone:?}); the screen is\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until nothing has been written for `quiet`.
    pub fn settle(&self, quiet: Duration) {
        let (mut last, mut since) = (self.bytes(), Instant::now());
        while since.elapsed() < quiet {
            std::thread::sleep(Duration::from_millis(20));
            if self.bytes() != last {
                (last, since) = (self.bytes(), Instant::now());
            }
        }
    }

    /// Waits for the end of the program; answers its exit status.
    #[track_caller]
    pub fn wait_exit(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "it does not end; the screen is\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Cuts the line: the program's terminal is gone, the program may not be.
    pub fn cut(self) {
        // What holds the other end of the line is what was started.
        self.kill();
    }

    /// SIGKILL to what was started: no destructor, no flush.
    pub fn kill(mut self) {
        let pid = rustix::process::Pid::from_raw(self.pid() as i32).expect("it runs");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }
}

fn size_of(cells: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(cells).expect("a terminal has cells")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
