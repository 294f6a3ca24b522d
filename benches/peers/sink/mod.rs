//! A server in the shape of S3 that throws bodies away, so that clients can be measured and
//! the server's own work stays small: one thread a connection, blocking calls, nothing stored
//! but names, sizes and the checksums that came along.

mod http;
mod line;
mod listing;
mod store;
mod tls;

use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use http::{Reader, Step};
use store::Store;

/// How the line to this server behaves.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    /// Before every answer.
    latency: Duration,
    /// Bytes a second of every connection; 0 is as fast as it goes.
    bandwidth: u64,
    /// Compute the CRC64NVME of bodies and refuse the wrong ones.
    check: bool,
    /// Objects that are listed.
    keys: usize,
}

const USAGE: &str = "sink [--listen ADDR] [--tls CERT KEY] [--latency MS] [--bandwidth BYTES/S] \
                     [--check] [--keys N]";

/// Serves until it is killed. Prints `listening on URL` when it is ready.
pub fn serve(args: &[String]) -> Result<ExitCode, String> {
    let mut shape = Shape::default();
    let mut address = "127.0.0.1:0".to_owned();
    let mut tls = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut next = || args.next().ok_or(format!("{arg} needs a value: {USAGE}"));
        match arg.as_str() {
            "--listen" => address.clone_from(next()?),
            "--tls" => tls = Some(tls::config(next()?, next()?)?),
            "--latency" => shape.latency = Duration::from_millis(number(next()?)?),
            "--bandwidth" => shape.bandwidth = number(next()?)?,
            "--check" => shape.check = true,
            "--keys" => shape.keys = keys(next()?)?,
            _ => return Err(format!("{arg}: {USAGE}")),
        }
    }
    listen(&address, tls, shape).map_err(|error| format!("listen on {address}: {error}"))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no whole number"))
}

fn keys(text: &str) -> Result<usize, String> {
    let keys = number(text).map(|keys| usize::try_from(keys).unwrap_or(usize::MAX))?;
    if keys <= listing::MOST { Ok(keys) } else { Err(format!("{text} keys are too many")) }
}

fn listen(address: &str, tls: Option<Arc<ServerConfig>>, shape: Shape) -> io::Result<ExitCode> {
    let listener = TcpListener::bind(address)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://{}", listener.local_addr()?);
    io::stdout().flush()?;
    let store = Arc::new(Store::listing(shape.keys));
    for stream in listener.incoming() {
        let stream = stream?;
        let (store, tls) = (store.clone(), tls.clone());
        thread::spawn(move || {
            store.connections.fetch_add(1, Relaxed);
            // A client that hangs up is its own business.
            let _ = answer(stream, tls, &store, shape);
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers the requests of one connection until it ends.
fn answer(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    store: &Store,
    shape: Shape,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = Reader::new(shape.check);
    let mut throttle = Throttle::new(shape.bandwidth);
    let heard = |mut data: &[u8], reply: &mut Vec<u8>| {
        throttle.wait_for(data.len());
        while !data.is_empty() {
            let (taken, step) = reader.take(data)?;
            data = &data[taken..];
            match step {
                Some(Step::Continue) => reply.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n"),
                Some(Step::Whole(request)) => {
                    thread::sleep(shape.latency);
                    store.answer(&request).write(&request, reply);
                }
                None => {}
            }
        }
        Ok(())
    };
    match tls {
        Some(config) => tls::talk(stream, config, heard),
        None => line::talk(stream, heard),
    }
}

/// Holds one connection to a rate.
struct Throttle {
    rate: u64,
    due: Instant,
}

impl Throttle {
    fn new(rate: u64) -> Self {
        Self { rate, due: Instant::now() }
    }

    fn wait_for(&mut self, bytes: usize) {
        if self.rate == 0 {
            return;
        }
        let now = Instant::now();
        self.due = self.due.max(now) + Duration::from_secs_f64(bytes as f64 / self.rate as f64);
        let ahead = self.due - now;
        // Shorter sleeps are not kept.
        if ahead > Duration::from_millis(2) {
            thread::sleep(ahead);
        }
    }
}
