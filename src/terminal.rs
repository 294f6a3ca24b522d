//! The terminal: entered, left and always given back. What is drawn on it is not its business.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags,
    PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::prelude::CrosstermBackend;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Buttons and wheel, in SGR coordinates; not motion, which would wake the program for
/// nothing.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// True between entering and leaving.
static ENTERED: AtomicBool = AtomicBool::new(false);
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Drawn,
    mouse: bool,
}

type Drawn = ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// One that believes the terminal to be empty.
fn drawn() -> io::Result<Drawn> {
    let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
    ratatui::Terminal::new(backend)
}

impl Screen {
    /// Takes the terminal over: alternate screen, raw mode, bracketed paste, and the keyboard
    /// protocol that tells Ctrl-Enter from Enter where the terminal knows it. Nothing is
    /// asked of the terminal, since one that does not answer would hold up the start.
    ///
    /// # Errors
    /// Where there is no terminal, or it refuses.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other("standard input and output are not a terminal"));
        }
        catch_panics(thread::current().id());
        take(mouse)?;
        Ok(Self { terminal: drawn()?, mouse })
    }

    /// Draws one frame; only cells that differ from the last one are written.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(
        &mut self,
        paint: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        self.terminal.draw(|frame| {
            let area = frame.area();
            if let Some(position) = paint(area, frame.buffer_mut()) {
                frame.set_cursor_position(position);
            }
        })?;
        Ok(())
    }

    /// The next frame writes every cell. The crate's own way asks the terminal where its cursor is,
    /// and fails after two seconds where the answer is slow.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = drawn()?;
        Ok(())
    }

    /// Gives the terminal to the shell until the program is called to the front again.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        self.take_back()
    }

    /// Gives the terminal to another program, which has it until [`take_back`](Self::take_back).
    pub fn lend(&mut self) {
        leave();
    }

    /// # Errors
    /// Where the terminal is gone.
    pub fn take_back(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        self.redraw()
    }

    /// Puts the text on the clipboard of the machine the person sits at, by OSC 52.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// # Errors
    /// Where the terminal is gone.
    pub fn bell(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Print('\x07'))
    }

    /// Rings, and asks the terminal for a notification on the desktop of the machine the
    /// person sits at (OSC 9, as iTerm2, kitty, WezTerm, foot and Windows Terminal know it;
    /// others pass over it).
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn announce(&mut self, text: &str) -> io::Result<()> {
        if knows_osc() {
            execute!(io::stdout(), Print(notification(text)))?;
        }
        self.bell()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// What a notification has room for, in characters.
const SHORT: usize = 120;

/// OSC 9 with a text, which cannot end it early. The name in front keeps it from being read as
/// one of the numbered commands that some terminals have under OSC 9.
fn notification(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(SHORT).collect();
    format!("\x1b]9;lakehand: {short}\x1b\\")
}

/// True where the terminal is likely to pass OSC 52 on, or at least to ignore it.
pub fn knows_osc52() -> bool {
    knows_osc()
}

/// True where the terminal is likely to understand operating system commands, or at least to
/// pass over them.
fn knows_osc() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    !matches!(term.as_str(), "" | "dumb" | "linux")
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    MOUSE.store(mouse, Ordering::SeqCst);
    let mut out = io::stdout();
    execute!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
        cursor::Hide,
    )?;
    if mouse {
        execute!(out, Print(MOUSE_ON))?;
    }
    Ok(())
}

/// Gives the terminal back; does nothing where it is not ours. Never fails: there may be no
/// terminal any more.
pub fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    if MOUSE.load(Ordering::SeqCst) {
        let _ = execute!(out, Print(MOUSE_OFF));
    }
    let _ = execute!(
        out,
        PopKeyboardEnhancementFlags,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show,
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Listens for the end of the terminal (SIGHUP: a line that dropped, a window that was closed).
/// By the time the token is cancelled the terminal has been let go of.
///
/// # Errors
/// Where signals cannot be listened for.
pub fn hang_up() -> io::Result<CancellationToken> {
    let mut signals = signal(SignalKind::hangup())?;
    let gone = CancellationToken::new();
    let tell = gone.clone();
    // A task of its own: whoever reads keys may be stuck in reading, see `let_go`.
    tokio::spawn(async move {
        if signals.recv().await.is_some() {
            let_go();
            tell.cancel();
        }
    });
    Ok(gone)
}

/// Gives the terminal back, where it is still there, and cuts standard input and output off from
/// it, so that nothing touches it again.
///
/// A terminal that has gone ends every read at once, and crossterm reads on and on until there
/// is nothing more to read: on a pipe to which nobody writes there is nothing.
pub fn let_go() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        leave();
        if let Err(error) = cut_off() {
            tracing::warn!("the terminal could not be let go of: {error}");
        }
    });
}

fn cut_off() -> io::Result<()> {
    let (nothing, writer) = io::pipe()?;
    // Never closed: the pipe has no end that could be read.
    std::mem::forget(writer);
    rustix::fs::fcntl_setfl(&nothing, rustix::fs::OFlags::NONBLOCK)?;
    rustix::stdio::dup2_stdin(&nothing)?;
    let null = std::fs::File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}

/// A panic on the thread that draws restores the terminal before it is printed. One on any
/// other thread is a job's: it becomes a notice, and printing it would tear the screen.
fn catch_panics(screen: ThreadId) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == screen {
                leave();
                usual(info);
            } else if ENTERED.load(Ordering::SeqCst) {
                // The place only: the message may quote data.
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                tracing::error!("panic at {place}");
            } else {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_short_and_cannot_be_broken_out_of() {
        let text = notification("9 files\u{7}\u{1b}]0;owned\u{1b}\\\u{9c}\n");
        let inner = text.strip_prefix("\x1b]9;lakehand: ").unwrap();
        let inner = inner.strip_suffix("\x1b\\").unwrap();
        assert!(!inner.chars().any(char::is_control), "{inner:?}");
        assert!(notification(&"x".repeat(9_999)).len() < 200);
    }
}
