//! One integration binary: screens, engines against the local lake, faults, rooms.

mod cli_config;
mod cli_faults;
mod cli_local;
mod door;
mod lake_answers;
mod lake_athena;
mod lake_glue;
mod lake_guard;
mod lake_s3;
mod lake_troubles;
mod local_demo;
mod local_glue;
mod local_glue_wire;
mod local_lake;
mod local_sql;
mod pictures;
mod process;
mod rooms;
mod screens;
mod support;
mod transfer_cli;
mod transfer_down;
mod transfer_queue;
mod transfer_rig;
mod transfer_up;
mod transfer_weed;
