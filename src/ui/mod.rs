//! The screen as plain state. Nothing in here waits, spawns or speaks to AWS: keys and news
//! come in, effects (data) go out, and a frame is a pure function of the state.

pub mod app;
pub mod command;
pub mod keymap;
pub mod loaded;
pub mod modal;
pub mod pane;
pub mod panes;
pub mod picture;
#[cfg(test)]
mod stage;
pub mod talk;
pub mod theme;
pub mod widgets;
