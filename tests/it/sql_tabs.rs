//! Queries that outlive the program that started them, in the real binary and against a server
//! of its own.

use std::path::Path;

use crate::support::pty::Terminal;
use crate::support::serve::Serve;

/// Longer than any test.
const LONG: &str = "SELECT count(*) FROM UNNEST(sequence(1,10000)) t(x) \
                    CROSS JOIN UNNEST(sequence(1,10000)) u(y) \
                    CROSS JOIN UNNEST(sequence(1,10000)) v(z)";

fn start(home: &Path, url: &str) -> Terminal {
    let env = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    Terminal::start_with(home, (80, 24), &["--lake", "tre"], &env)
}

fn kept(home: &Path) -> String {
    std::fs::read_to_string(home.join("data/drafts/tre.json")).unwrap_or_default()
}

#[test]
fn a_query_that_runs_is_found_again_however_the_program_ended() {
    let home = tempfile::tempdir().unwrap();
    let lake = home.path().join("lake");
    std::fs::create_dir_all(lake.join("buckets/the-analyst")).unwrap();
    std::fs::write(
        home.path().join("config.toml"),
        "[lakes.tre]\nregion = \"eu-west-2\"\naccount_id = \"000000000000\"\n\
         buckets.analyst = { name = \"the-analyst\" }\n",
    )
    .unwrap();
    let serve = Serve::start(&lake);

    let mut at = start(home.path(), serve.url());
    at.wait("the-analyst");
    at.keys("3");
    at.wait("SQL goes here");
    at.keys("SELECT 'other'\x14");
    at.wait("1 result");
    at.keys(&format!("{LONG}\n"));
    at.wait("RUNNING");
    at.wait_until("the id to be kept", |_| kept(home.path()).contains("\"execution\""));
    // Killed as it stands.
    at.kill();

    let mut at = start(home.path(), serve.url());
    at.wait("the-analyst");
    at.keys("3");
    at.wait("RUNNING");
    assert!(at.screen().contains("2 UNNEST"), "in its tab: {}", at.screen());
    // Left by choice.
    at.keys("\x1b");
    at.wait("edit");
    at.keys("q");
    at.wait("Leave the query running");
    at.keys("jj\r");
    assert_eq!(at.wait_exit(), 0);

    let mut at = start(home.path(), serve.url());
    at.wait("the-analyst");
    at.keys("3");
    at.wait("RUNNING");
    at.keys("\x18");
    at.wait("CANCELLED");
    at.keys("\x1b");
    at.wait("edit");
    at.keys("q");
    assert_eq!(at.wait_exit(), 0);

    // What is over is not looked for again; the texts are there.
    let mut at = start(home.path(), serve.url());
    at.wait("the-analyst");
    at.keys("3");
    at.wait("CROSS JOIN");
    at.wait("runs the marked statement");
    assert!(at.screen().contains("1 result"), "{}", at.screen());
}
