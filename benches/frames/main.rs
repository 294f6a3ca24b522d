//! `cargo bench --bench frames`: what a folder of a million objects costs the screen.
//!
//! Without arguments the app is driven in this process: frames, sorting, keystrokes of a filter.
//! With `pane` the program itself is, in a pseudo-terminal, against the sink of the other bench:
//! time to the first rows, memory. See `benches/README.md`.

mod desk;
mod pane;
#[path = "../peers/sink/mod.rs"]
mod sink;
mod terminal;

use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    // Cargo adds `--bench`, which means nothing here.
    let args: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => desk::measure(),
        ["pane", rest @ ..] => pane::measure(rest),
        other => {
            eprintln!("frames: {other:?}: nothing, or `pane [KEYS [MS]]`");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// One line of the table.
fn row(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64();
    let (half, most, worst) = (at(50) * 1e3, at(99) * 1e3, at(100) * 1e3);
    println!("{what:<44} {half:>9.2} {most:>9.2} {worst:>9.2} ms  {:>5}×", times.len());
}
