//! `cargo bench --bench results`: results of millions of rows, in the SQL pane and as a file.
//!
//! The server is a process of its own (`serve`). The program runs in a pseudo-terminal against it,
//! once with the result object and once without; `lakehand sql` and, where the arguments name a
//! Python with them, PyAthena and the aws command line write the same rows to a file.
//! See `benches/README.md`.

mod server;
#[path = "../frames/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use lakehand::model::words;
use terminal::{Terminal, memory};

const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/results/peers.py");
/// Rows of what is compared, of what paging is asked for, and of the largest.
const ROWS: usize = 1_000_000;
const LARGE: usize = 10_000_000;

fn main() -> ExitCode {
    // Cargo adds `--bench`, which means nothing here.
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["serve", latency] => {
            let latency = Duration::from_millis(latency.parse().expect("milliseconds"));
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            println!("{}", listener.local_addr().expect("an address"));
            server::serve(listener, latency).expect("it serves");
        }
        [] | ["grid"] => grid(),
        ["csv"] => csv(None),
        ["csv", python] => csv(Some(Path::new(python))),
        other => {
            eprintln!("results: {other:?}: `grid`, or `csv [PYTHON]`");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// One that waits so many milliseconds before it answers.
    fn start(latency: u64) -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut command = Command::new(this);
        command.arg("serve").arg(latency.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a server");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its address");
        Self { child, url: format!("http://{}", line.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn grid() {
    for latency in [0, 30] {
        let server = Server::start(latency);
        println!("answers after {latency} ms:");
        let object = shown(&server, &format!("r{ROWS}"), ROWS, false);
        let paged = shown(&server, &format!("p{ROWS}"), ROWS, false);
        println!("the object is {:.1} times as fast as pages\n", ratio(paged, object));
    }
    let server = Server::start(0);
    shown(&server, &format!("r{LARGE}"), LARGE, true);
}

/// Runs a query in the pane; answers how long it took from the key to the last row.
fn shown(server: &Server, table: &str, rows: usize, thoroughly: bool) -> Duration {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start(home.path(), &[("AWS_ENDPOINT_URL", &server.url)]);
    terminal.wait("All buckets");
    terminal.keys("3");
    terminal.wait("SQL goes here");
    terminal.keys(&format!("SELECT * FROM {table}"));
    terminal.wait(table);
    let press = Instant::now();
    terminal.keys("\n");
    let all = format!(" {} rows ", words::count(rows as u64));
    let took = terminal.wait(&all) - press;
    let first = "sample-";
    assert!(terminal.contents().contains(first), "its rows are there");
    let (now, most) = memory(&terminal.process());
    println!(
        "{table:<12} {:>7.2} s to the last row; memory {now:.0} MiB, at most {most:.0} MiB",
        took.as_secs_f64()
    );
    if thoroughly {
        jumps(&mut terminal, rows);
        let press = Instant::now();
        terminal.keys("lllo");
        terminal.wait("by pos");
        println!("sorted by a column of numbers in {:.2} s", press.elapsed().as_secs_f64());
        jumps(&mut terminal, rows);
        let press = Instant::now();
        terminal.keys("/sample-39999\r");
        let found = terminal
            .wait_until(|screen| screen.contains(" found") && !screen.contains("searching"));
        println!("all cells searched in {:.2} s", (found - press).as_secs_f64());
        let (now, most) = memory(&terminal.process());
        println!("memory {now:.0} MiB, at most {most:.0} MiB");
    }
    took
}

/// Goes to rows by their number.
fn jumps(terminal: &mut Terminal, rows: usize) {
    let mut times = Vec::new();
    for turn in 1..=40_usize {
        let row = turn.wrapping_mul(7_368_787) % rows + 1;
        terminal.keys("#");
        terminal.wait("Go to a row");
        terminal.keys(&row.to_string());
        terminal.wait(&row.to_string());
        let press = Instant::now();
        terminal.keys("\r");
        // The number stands at the left, and behind it is a cell.
        let here = |line: &str| {
            let rest = line.trim_start().strip_prefix(&row.to_string());
            rest.is_some_and(|rest| rest.starts_with(' ') && rest.contains("sample-"))
        };
        let there = terminal
            .wait_until(|screen| !screen.contains("Go to a row") && screen.lines().any(here));
        times.push(there - press);
    }
    times.sort();
    let (half, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "from Enter to a row on the screen: median {:.1} ms, worst {:.1} ms of {}",
        half.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3,
        times.len()
    );
}

fn csv(python: Option<&Path>) {
    let server = Server::start(0);
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("rows.csv");
    let mut ours = Command::new(env!("CARGO_BIN_EXE_lakehand"));
    ours.args(["sql", "--format", "csv", "-o"]).arg(&out).arg(format!("SELECT * FROM r{ROWS}"));
    let ours = timed("lakehand", ours, &server, home.path());
    let lines = BufReader::new(std::fs::File::open(&out).expect("its file")).lines().count();
    assert_eq!(lines, ROWS + 1);
    let Some(python) = python else { return };
    for peer in ["pyathena", "aws"] {
        let mut command = Command::new(python);
        command.arg(PEERS).arg(peer).arg(&server.url).arg(format!("r{ROWS}")).arg(&out);
        let took = timed(peer, command, &server, home.path());
        println!("lakehand is {:.1} times as fast as {peer}", ratio(took, ours));
    }
}

fn timed(name: &str, mut command: Command, server: &Server, home: &Path) -> Duration {
    for (key, value) in [
        ("AWS_ENDPOINT_URL", server.url.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ] {
        command.env(key, value);
    }
    let start = Instant::now();
    let done = command.env("LAKEHAND_HOME", home).stderr(Stdio::null()).status();
    let took = start.elapsed();
    assert!(done.expect("it starts").success(), "{name} fails");
    println!("{name:<12} {:>7.2} s for {} rows", took.as_secs_f64(), words::count(ROWS as u64));
    took
}

fn ratio(slow: Duration, fast: Duration) -> f64 {
    slow.as_secs_f64() / fast.as_secs_f64()
}
