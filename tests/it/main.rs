//! One integration binary: screens, engines against the local lake, faults, rooms.

mod cli_config;
mod local_glue;
mod process;
mod rooms;
