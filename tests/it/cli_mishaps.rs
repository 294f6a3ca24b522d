//! What is wrong with files and disks, met by the real binary: one sentence each, and the
//! rest goes its way.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::process::{Ended, Home};
use crate::transfer_rig::noise;

fn home() -> Home {
    let home = Home::new();
    let lake = home.path().join("lake");
    fs::create_dir_all(lake.join("buckets/the-source")).unwrap();
    fs::write(
        home.path().join("config.toml"),
        format!("[lakes.l]\nlocal = {:?}\n", lake.to_str().unwrap()),
    )
    .unwrap();
    home
}

fn in_lake(home: &Home, key: &str) -> std::path::PathBuf {
    home.path().join("lake/buckets/the-source").join(key)
}

/// The same command by somebody whom file permissions bind, which they do not root.
fn bound(command: &Command) -> Command {
    let mut bound = if rustix::process::geteuid().is_root() {
        let mut setpriv = Command::new("setpriv");
        setpriv.arg("--bounding-set=-dac_override,-dac_read_search").arg(command.get_program());
        setpriv
    } else {
        Command::new(command.get_program())
    };
    bound.args(command.get_args()).env_clear().stdin(std::process::Stdio::null());
    bound.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    bound.current_dir(command.get_current_dir().expect("a folder of its own"));
    bound
}

fn run(mut command: Command) -> Ended {
    Ended::of(command.output().expect("it runs"))
}

/// The lines that `lakehand` complains with.
fn complaints(ended: &Ended) -> Vec<&str> {
    ended.stderr.lines().filter(|line| line.starts_with("lakehand: ")).collect()
}

#[test]
fn every_file_that_cannot_be_put_has_its_sentence_and_the_others_arrive() {
    let home = home();
    let tree = home.path().join("tree");
    fs::create_dir_all(tree.join("sub")).unwrap();
    fs::write(tree.join("good"), noise(11 << 20, 1)).unwrap();
    fs::write(tree.join("sub/empty"), "").unwrap();
    fs::write(tree.join("shut"), "secret").unwrap();
    fs::set_permissions(tree.join("shut"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::write(tree.join(OsStr::from_bytes(b"caf\xe9")), "x").unwrap();
    symlink("loop", tree.join("loop")).unwrap();
    symlink("nowhere", tree.join("dangling")).unwrap();
    symlink("..", tree.join("sub/up")).unwrap();
    // One byte more than 10,000 parts of 5 MiB; it occupies nothing.
    let huge = fs::File::create(tree.join("huge")).unwrap();
    huge.set_len(10_000 * (5 << 20) + 1).unwrap();

    let put = ["--lake", "l", "put", "-r", "--part-size", "5MiB", "tree", "s3://the-source/P/"];
    let ended = run(bound(&home.command(&put)));
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let said = complaints(&ended);
    for (name, why) in [
        ("shut", "Permission denied"),
        ("caf", "its name is not UTF-8, and the keys of S3 are (rename it)"),
        ("loop", "symbolic links"),
        ("dangling", "No such file or directory"),
        ("sub/up", "link"),
        ("huge", "10001 parts, and S3 takes 10,000: use parts of at least 6291456 bytes"),
    ] {
        let its: Vec<_> = said.iter().filter(|l| l.contains(&format!("tree/{name}"))).collect();
        assert_eq!(its.len(), 1, "{name}: {}", ended.stderr);
        assert!(its[0].contains(why), "{name}: {}", its[0]);
    }
    assert_eq!(said.len(), 6, "{}", ended.stderr);
    assert!(fs::read(in_lake(&home, "P/good")).unwrap() == noise(11 << 20, 1));
    assert_eq!(fs::read(in_lake(&home, "P/sub/empty")).unwrap(), b"");
    assert_eq!(fs::read_dir(in_lake(&home, "P")).unwrap().count(), 2, "nothing else is there");
}

#[test]
fn a_disk_that_is_full_fails_what_does_not_fit() {
    let home = home();
    for (key, size) in [("large", 24 << 20), ("small", 100 << 10)] {
        fs::write(in_lake(&home, key), noise(size, 3)).unwrap();
    }
    // No file may grow beyond 8 MiB: to a program that is a disk without room. The signal that
    // comes with it is one that a shell can have ignored.
    let get = home.command(&["--lake", "l", "get"]);
    let mut shell = Command::new("bash");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\""])
        .arg(get.get_program())
        .args(get.get_args())
        .args(["s3://the-source/large", "s3://the-source/small", "out"])
        .env_clear()
        .envs(get.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(home.path());
    let ended = run(shell);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let said = complaints(&ended);
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(said[0].contains("out/large: File too large"), "{}", said[0]);
    only(&home.path().join("out"), "small");
    assert!(fs::read(home.path().join("out/small")).unwrap() == noise(100 << 10, 3));
}

#[test]
fn a_folder_that_may_not_be_written_fails_what_goes_there() {
    let home = home();
    for key in ["P/shut/x", "P/y"] {
        fs::create_dir_all(in_lake(&home, key).parent().unwrap()).unwrap();
        fs::write(in_lake(&home, key), "x").unwrap();
    }
    let shut = home.path().join("out/shut");
    fs::create_dir_all(&shut).unwrap();
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o555)).unwrap();
    let ended =
        run(bound(&home.command(&["--lake", "l", "get", "-r", "s3://the-source/P/", "out"])));
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let said = complaints(&ended);
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    assert!(said[0].contains("out/shut") && said[0].contains("Permission denied"), "{}", said[0]);
    assert_eq!(fs::read(home.path().join("out/y")).unwrap(), b"x");
}

/// No temporary file is left beside what arrived.
fn only(folder: &Path, name: &str) {
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, [OsStr::new(name)]);
}
