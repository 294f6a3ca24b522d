//! One integration binary: screens, engines against the local lake, faults, rooms.

mod cli_config;
mod cli_faults;
mod local_demo;
mod local_glue;
mod local_glue_wire;
mod process;
mod rooms;
