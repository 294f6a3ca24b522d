//! Usage and configuration, as a person at a shell meets them.

use crate::process::Home;

#[test]
fn a_misspelt_key_is_one_clear_sentence() {
    let home = Home::with_config("[lakes.tre]\nregoin = \"eu-west-2\"\n");
    let ended = home.run(&["config", "check"]);
    let file = home.path().join("config.toml");
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.complaint(),
        format!(
            "lakehand: {}:2: unknown key \"regoin\" in [lakes.tre] (did you mean \"region\"?)",
            file.display()
        )
    );
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_good_configuration_is_told() {
    let home = Home::with_config("[lakes.tre]\nregion = \"eu-west-2\"\n");
    let ended = home.run(&["config", "check"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains("config.toml: good (tre)"), "{}", ended.stdout);
}

#[test]
fn the_file_asked_for_must_be_there() {
    let home = Home::new();
    assert_eq!(home.run(&["config", "check"]).code, 0);
    let ended = home.run(&["--config", "other.toml", "config", "check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().starts_with("lakehand: other.toml: cannot be read"));
}

#[test]
fn wrong_usage_is_one_line_and_status_2() {
    let home = Home::new();
    for args in [
        &["fly"][..],
        &["config", "check", "--frobnicate"],
        &["--lake", "a", "--demo", "audit"],
        &["--mode", "write", "audit"],
        &["--mode", "curate", "--read-only", "audit"],
    ] {
        let ended = home.run(args);
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.complaint().starts_with("lakehand: usage: "), "{}", ended.stderr);
    }
}

#[test]
fn what_a_shell_asks_for_is_answered() {
    let home = Home::with_config("this is = not [ toml");
    assert!(home.run(&["--version"]).stdout.starts_with("lakehand 0"));
    assert!(home.run(&["--help"]).stdout.contains("--read-only"));
    let ended = home.run(&["completions", "bash"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("_lakehand"));
}

#[test]
fn an_empty_audit_log_is_good() {
    let home = Home::new();
    let ended = home.run(&["audit", "verify"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "good: no records yet\n"));
    assert_eq!(home.run(&["audit"]).stdout, "");
}

#[test]
fn keys_shows_the_bindings_in_force() {
    let home = Home::new();
    let ended = home.run(&["keys"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.lines().any(|line| line.starts_with("quit ")), "{}", ended.stdout);

    let home = Home::with_config("[keys.global]\nquit = \"ctrl-x\"\n");
    let ended = home.run(&["keys"]);
    let quit = ended.stdout.lines().find(|line| line.starts_with("quit ")).expect("quit");
    assert!(quit.contains("ctrl-x"), "{quit}");
}

#[test]
fn a_binding_that_cannot_be_names_its_line() {
    let home = Home::with_config("[ui]\nbell = true\n[keys.global]\nquitt = \"q\"\n");
    for args in [&["keys"][..], &["config", "check"]] {
        let ended = home.run(args);
        assert_eq!(ended.code, 2);
        let said = ended.complaint();
        assert!(said.contains("config.toml:4: "), "{said}");
        assert!(said.contains("quitt"), "{said}");
    }
}
