//! Arguments, wiring, exit status.

use std::process::ExitCode;

use lakehand::cli;

fn main() -> ExitCode {
    let args = match cli::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(exit) => return exit.into(),
    };
    // The work is waiting for sockets: few threads do, and idle ones cost memory. So do those that
    // wait for a disk, of which hundreds of small files would each have one.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .thread_name("lakehand")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return cli::Failure::failed("start", error.to_string()).report().into(),
    };
    let exit = runtime.block_on(cli::run(args));
    // A read of standard input or of a dead mount cannot be called back: do not wait for it.
    runtime.shutdown_background();
    exit.into()
}
