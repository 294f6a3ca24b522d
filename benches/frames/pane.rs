//! The program in a pseudo-terminal, and a server that takes its time for every page.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use lakehand::model::words;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{memory, row, sink};

const PATIENCE: Duration = Duration::from_secs(300);

/// `KEYS` objects under one prefix, `MS` milliseconds a page.
pub fn measure(args: &[&str]) {
    let number = |at: usize, default: u64| {
        args.get(at).map_or(default, |text| text.parse().expect("a number"))
    };
    let (keys, latency) = (number(0, 1_000_000), number(1, 100));
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let server = [
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--keys",
        &keys.to_string(),
        "--latency",
        &latency.to_string(),
    ]
    .map(ToOwned::to_owned);
    thread::spawn(move || sink::serve(&server).expect("the sink serves"));
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start(home.path(), port);
    terminal.wait("All buckets");
    let (idle, _) = terminal.memory();
    println!("{keys} keys, {latency} ms a page; {idle:.0} MiB before any of them\n");
    println!("{:<44} {:>9} {:>9} {:>9}", "", "p50", "p99", "most");

    let mut first = Vec::new();
    for _ in 0..10 {
        let press = go(&mut terminal);
        first.push(terminal.wait("sample-0000000") - press);
        terminal.keys("\x7f\x7f");
        terminal.wait("All buckets");
    }
    row("from Enter to the first rows", &mut first);
    let press = go(&mut terminal);
    let all = format!("{} objects", words::count(keys));
    let took = terminal.wait_until(|screen| screen.contains(&all) && !screen.contains('…')) - press;
    row("from Enter to the last", &mut [took]);
    let (now, most) = terminal.memory();
    println!("memory of the whole process: {now:.0} MiB, at most {most:.0} MiB\n");

    terminal.keys("o");
    thread::sleep(Duration::from_secs(2));
    terminal.keys("/");
    thread::sleep(Duration::from_secs(1));
    let mut strokes = Vec::new();
    for text in ["9", "8", "7", "6"] {
        let before = terminal.title();
        let press = Instant::now();
        terminal.keys(text);
        let changed =
            |screen: &str| screen.lines().nth(2).is_some_and(|line| count(line) != count(&before));
        strokes.push(terminal.wait_until(changed) - press);
        thread::sleep(Duration::from_secs(2));
    }
    row("a keystroke of a filter, sorted by size", &mut strokes);
    let (now, most) = terminal.memory();
    println!("memory of the whole process: {now:.0} MiB, at most {most:.0} MiB");
}

/// Types the way to the keys and answers when Enter was pressed.
fn go(terminal: &mut Terminal) -> Instant {
    terminal.keys("f");
    terminal.wait("Go to");
    terminal.keys("\x15s3://bench/data/");
    terminal.wait("s3://bench/data/");
    let press = Instant::now();
    terminal.keys("\r");
    press
}

/// What a title tells of how much there is.
fn count(title: &str) -> String {
    title.split("  ").last().unwrap_or_default().to_owned()
}

struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(home: &std::path::Path, port: u16) -> Self {
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
        command.env("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}"));
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

    fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("it listens");
        self.keys.flush().expect("it listens");
    }

    fn contents(&self) -> String {
        self.screen.lock().expect("unpoisoned").screen().contents()
    }

    fn title(&self) -> String {
        self.contents().lines().nth(2).unwrap_or_default().to_owned()
    }

    /// When the screen showed it.
    fn wait(&self, text: &str) -> Instant {
        self.wait_until(|screen| screen.contains(text))
    }

    fn wait_until(&self, holds: impl Fn(&str) -> bool) -> Instant {
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

    fn memory(&self) -> (f64, f64) {
        memory(&self.child.process_id().map_or("self".into(), |id| id.to_string()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
