//! The real terminal: quiet while nothing happens, given back whatever happens.

use std::io::Read;
use std::num::NonZero;
use std::time::{Duration, Instant};

use lakehand::terminal::Screen;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::support::pty::Terminal;

const SIZE: (u16, u16) = (80, 24);

#[test]
fn the_start_screen_writes_nothing_while_nothing_happens() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(home.path(), SIZE, &[]);
    terminal.wait("There is no lake here yet");
    terminal.settle(Duration::from_millis(500));
    let before = terminal.bytes();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(terminal.bytes(), before);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!terminal.in_alternate_screen());
}

#[test]
fn ctrl_c_and_sigterm_give_the_terminal_back() {
    for by_key in [true, false] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::start(home.path(), SIZE, &[]);
        terminal.wait("lakehand");
        if by_key {
            terminal.keys("\x03");
        } else {
            let pid = rustix::process::Pid::from_raw(terminal.pid() as i32).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        }
        assert_eq!(terminal.wait_exit(), 130);
        let deadline = Instant::now() + Duration::from_secs(5);
        while terminal.in_alternate_screen() {
            assert!(Instant::now() < deadline, "the alternate screen is still there");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Not a test of its own: what [`a_panic_in_drawing_gives_the_terminal_back`] runs in a
/// terminal. A job's panic comes first, and is not printed.
#[ignore = "panics by design"]
#[test]
fn victim() {
    let mut screen = Screen::enter(false).unwrap();
    let job = std::thread::spawn(|| panic!("the job broke")).join();
    assert!(job.is_err());
    screen.draw(|_, _| panic!("the drawing broke")).unwrap();
}

#[test]
fn a_panic_in_drawing_gives_the_terminal_back() {
    let size = PtySize { rows: 60, cols: 200, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["screens::terminal::victim", "--exact", "--ignored", "--nocapture"]);
    command.env("RUST_BACKTRACE", "0");
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let seen = std::thread::spawn(move || {
        let mut seen = Vec::new();
        let _ = reader.read_to_end(&mut seen);
        seen
    });
    assert!(!child.wait().unwrap().success());
    let seen = seen.join().unwrap();
    let mut screen = vt100::Parser::new(NonZero::new(60).unwrap(), NonZero::new(200).unwrap(), 0);
    screen.process(&seen);
    assert!(!screen.screen().alternate_screen());
    assert!(!screen.screen().bracketed_paste() && !screen.screen().hide_cursor());
    let text = screen.screen().contents();
    assert!(text.contains("the drawing broke"), "{text}");
    assert!(!String::from_utf8_lossy(&seen).contains("the job broke"), "{text}");
}
