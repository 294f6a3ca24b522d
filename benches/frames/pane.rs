//! The program in a pseudo-terminal, and a server that takes its time for every page.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use lakehand::model::words;

use super::terminal::{Terminal, memory};
use super::{row, sink};

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
    let mut terminal = Terminal::start(
        home.path(),
        &[("AWS_ENDPOINT_URL_S3", &format!("http://127.0.0.1:{port}"))],
    );
    terminal.wait("All buckets");
    let (idle, _) = memory(&terminal.process());
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
    let (now, most) = memory(&terminal.process());
    println!("memory of the whole process: {now:.0} MiB, at most {most:.0} MiB\n");

    terminal.keys("o");
    thread::sleep(Duration::from_secs(2));
    terminal.keys("/");
    thread::sleep(Duration::from_secs(1));
    let mut strokes = Vec::new();
    for text in ["9", "8", "7", "6"] {
        let before = title(&terminal);
        let press = Instant::now();
        terminal.keys(text);
        let changed =
            |screen: &str| screen.lines().nth(2).is_some_and(|line| count(line) != count(&before));
        strokes.push(terminal.wait_until(changed) - press);
        thread::sleep(Duration::from_secs(2));
    }
    row("a keystroke of a filter, sorted by size", &mut strokes);
    let (now, most) = memory(&terminal.process());
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

fn title(terminal: &Terminal) -> String {
    terminal.contents().lines().nth(2).unwrap_or_default().to_owned()
}
