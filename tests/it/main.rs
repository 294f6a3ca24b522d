//! One integration binary: screens, engines against the local lake, faults, rooms.

mod cli_config;
mod process;
mod rooms;
