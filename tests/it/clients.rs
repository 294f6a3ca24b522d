//! The local lake under clients that nobody here wrote: boto3 and the aws command line.
//!
//! The scripts in `tests/clients/` hold the assertions; here the server is started, killed
//! and started again. The clients are pinned in `tests/clients.txt`: one that is absent is
//! installed, and where that fails the test fails.

use std::path::Path;
use std::process::Command;

use crate::support::outside::{bin, script};
use crate::support::serve::Serve;

fn python(name: &str, args: &[&str]) {
    run(Command::new(bin("python")).arg(script(name)).args(args));
}

fn run(command: &mut Command) {
    let output = command.output().expect("the client starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn boto3_does_s3_across_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let serve = Serve::start(dir.path());
    python("s3.py", &[serve.url(), "first"]);
    serve.kill();
    let serve = Serve::start(dir.path());
    python("s3.py", &[serve.url(), "second"]);
}

#[test]
fn boto3_does_athena_and_glue() {
    let dir = tempfile::tempdir().unwrap();
    let serve = Serve::start(dir.path());
    python("athena.py", &[serve.url()]);
}

/// The public query set, with DuckDB's answers on the same files.
#[test]
fn tpch_has_duckdbs_answers() {
    let dir = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let serve = Serve::start(dir.path());
    let bin = bin("tpchgen-cli");
    let paths = [dir.path(), bin.parent().unwrap_or(Path::new("")), work.path()];
    let mut args = vec![serve.url()];
    args.extend(paths.iter().map(|path| path.to_str().unwrap()));
    python("tpch.py", &args);
}

#[test]
fn boto3_does_lake_formation_and_what_guards_a_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let serve = Serve::start(dir.path());
    python("lakeformation.py", &[serve.url()]);
}

#[test]
fn the_aws_command_line_does_the_loop() {
    let dir = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let serve = Serve::start(dir.path());
    run(Command::new("sh")
        .arg(script("aws_cli.sh"))
        .arg(serve.url())
        .arg(bin("python").parent().unwrap_or(Path::new("")))
        .arg(work.path()));
}
