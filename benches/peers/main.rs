//! `cargo bench --bench peers`: lakehand beside other S3 clients on the same work.
//!
//! Cargo builds the program and this file; this file hands both to `run.py`, which makes the
//! data, runs every client in turn and prints the table. Called with `sink` it is the server
//! that all of them send to. See `benches/README.md`.

mod sink;

use std::process::{Command, ExitCode};

const RUNNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/run.py");

fn main() -> ExitCode {
    // Cargo adds `--bench`, which means nothing here.
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let done = match args.split_first() {
        Some((verb, rest)) if verb == "sink" => sink::serve(rest),
        _ => measure(&args),
    };
    match done {
        Ok(code) => code,
        Err(why) => {
            eprintln!("peers: {why}");
            ExitCode::from(2)
        }
    }
}

fn measure(args: &[String]) -> Result<ExitCode, String> {
    let sink = std::env::current_exe().map_err(|error| error.to_string())?;
    let status = Command::new("python3")
        .args([RUNNER, "--lakehand", env!("CARGO_BIN_EXE_lakehand"), "--sink"])
        .arg(sink)
        .args(args)
        .status()
        .map_err(|error| format!("run python3: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
