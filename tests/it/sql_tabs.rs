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

#[test]
fn a_text_goes_through_a_file_and_the_users_own_editor() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join("lake/buckets/the-analyst")).unwrap();
    std::fs::write(home.path().join("q.sql"), "select 'one'\n").unwrap();
    std::fs::write(home.path().join("taken.sql"), "mine").unwrap();
    let env = [("EDITOR", "sed -i 's/one/two/'"), ("VISUAL", "")];
    let mut at = Terminal::start_with(home.path(), (80, 24), &["--local", "lake"], &env);
    at.wait("the-analyst");
    at.keys("3");
    at.wait("SQL goes here");
    at.keys("\x1bo");
    at.wait("A file of SQL on this machine");
    at.keys("q.sql\r");
    at.wait("select 'one'");

    at.keys("\x1be");
    at.wait("select 'two'");
    at.keys("\x15\x15");
    at.wait("select 'one'");
    at.keys("\x1be");
    at.wait("select 'two'");

    at.keys("\x1bs");
    at.wait("Save the text");
    at.keys("\r");
    at.wait("Saved as q.sql");
    assert_eq!(std::fs::read_to_string(home.path().join("q.sql")).unwrap(), "select 'two'\n");

    // What somebody else has written is not replaced by a slip.
    at.keys("\x1bs");
    at.wait("Save the text");
    at.keys("\x15taken.sql\r");
    at.wait("Replace the file?");
    at.keys("\r");
    at.wait_until("the question to be gone", |screen| !screen.contains("Replace the file?"));
    assert_eq!(std::fs::read_to_string(home.path().join("taken.sql")).unwrap(), "mine");
    // Nothing of the text is left where the editor had it.
    let state = std::fs::read_dir(home.path().join("state")).unwrap();
    let left: Vec<_> = state.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("edit-")), "{left:?}");
}
