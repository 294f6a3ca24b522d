//! What goes wrong outside, as one clear sentence.

use std::net::TcpListener;
use std::process::Command;

use crate::process::{Ended, Home};

/// Credentials that look like some, so that a request is made.
fn with_keys(mut command: Command) -> Command {
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

/// An endpoint at which nobody listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    format!("http://{address}")
}

#[test]
fn a_missing_region_names_what_to_set() {
    let home = Home::with_config("[lakes.tre]\n");
    let mut command = with_keys(home.command(&["--lake", "tre", "ls", "s3://bucket/"]));
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert_eq!(ended.code, 2);
    let said = ended.complaint();
    assert!(said.contains("no region is set"), "{said}");
    assert!(said.contains("[lakes.tre]") && said.contains("AWS_REGION"), "{said}");
}

#[test]
fn without_a_lake_and_without_credentials_the_ways_in_are_named() {
    let home = Home::new();
    let ended = home.run(&["ls"]);
    assert_eq!(ended.code, 2);
    let said = ended.complaint();
    assert!(said.starts_with("lakehand: open a lake: "), "{said}");
    assert!(said.contains("--demo"), "{said}");
}

#[test]
fn a_refused_connection_names_the_endpoint() {
    let home = Home::new();
    let endpoint = closed_port();
    let mut command = with_keys(home.command(&["ls", "s3://bucket/"]));
    command.env("AWS_REGION", "eu-west-2").env("AWS_ENDPOINT_URL", &endpoint);
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert_eq!(ended.code, 1);
    let said = ended.complaint();
    assert!(said.contains("s3://bucket"), "{said}");
    assert!(said.contains(&endpoint) && said.contains("refused"), "{said}");
}

#[test]
fn a_lake_that_is_not_configured_names_those_that_are() {
    let home = Home::with_config("[lakes.tre]\n[lakes.laptop]\nlocal = \"/lakes/x\"\n");
    let ended = home.run(&["--lake", "trr", "ls"]);
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.complaint(),
        "lakehand: --lake trr: there is no such lake (there are: laptop, tre)"
    );
}

#[test]
fn a_statement_must_be_there_and_be_one() {
    let home = Home::new();
    let ended = home.run(&["sql", "SELECT 1; SELECT 2"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("there are 2 statements"), "{}", ended.stderr);
    let ended = home.run(&["sql", "SELECT 1", "--param", "x=1"]);
    assert_eq!(ended.complaint(), "lakehand: --param: the statement has no :x");
}
