//! `put` killed without a word, again and again, until it is through.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::process::{Ended, Home};
use crate::support::serve::Serve;
use crate::support::weed::Weed;
use crate::transfer_rig::noise;

const MIB: u64 = 1 << 20;
const PART: u64 = 5 * MIB;
const IN_FLIGHT: u64 = 4;

/// Kills in the suite; `LAKEHAND_KILLS` asks for more by hand.
fn kills() -> u64 {
    std::env::var("LAKEHAND_KILLS").map_or(25, |text| text.parse().expect("a number"))
}

/// A line to a store that counts what goes up, and tells of two moments before their answers
/// have come back.
struct Tap {
    url: String,
    up: Arc<AtomicU64>,
    valve: Arc<Valve>,
    moments: Receiver<Moment>,
}

/// What lets a child get no further than it is to be killed, however slow the killer.
struct Valve {
    /// No byte is passed on above so many.
    most: AtomicU64,
    /// The answers of a moment wait while this is true.
    hold: AtomicBool,
}

impl Valve {
    fn wait(&self, up: u64) {
        while up >= self.most.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn open(&self) {
        self.most.store(u64::MAX, Ordering::SeqCst);
        self.hold.store(false, Ordering::SeqCst);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The store has made an upload and not said so yet.
    Created,
    /// The store has made the object and not said so yet.
    Completed,
}

impl Tap {
    fn start(store: &str) -> Self {
        let store = store.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let up = Arc::new(AtomicU64::new(0));
        let (tell, moments) = channel();
        let valve =
            Arc::new(Valve { most: AtomicU64::new(u64::MAX), hold: AtomicBool::new(false) });
        let (counted, ruled) = (up.clone(), valve.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&store) else { continue };
                relay(client, server, &counted, &ruled, &tell);
            }
        });
        Self { url, up, valve, moments }
    }
}

fn relay(
    client: TcpStream,
    server: TcpStream,
    up: &Arc<AtomicU64>,
    valve: &Arc<Valve>,
    tell: &Sender<Moment>,
) {
    let moment = Arc::new(Mutex::new(None));
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (noted, up, ruled) = (moment.clone(), up.clone(), valve.clone());
    thread::spawn(move || {
        pass(from, to, |bytes| {
            let so_far = up.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            ruled.wait(so_far + bytes.len() as u64);
            if let Some(seen) = asked(bytes) {
                *noted.lock().unwrap() = Some(seen);
            }
        });
    });
    let (tell, ruled) = (tell.clone(), valve.clone());
    thread::spawn(move || {
        pass(server, client, |_| {
            if let Some(seen) = moment.lock().unwrap().take() {
                let _ = tell.send(seen);
                while ruled.hold.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut block = vec![0; 1 << 16];
    while let Ok(bytes @ 1..) = from.read(&mut block) {
        look(&block[..bytes]);
        if to.write_all(&block[..bytes]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// What a request's first line asks for, where it is one of the two.
fn asked(bytes: &[u8]) -> Option<Moment> {
    let line = bytes.strip_prefix(b"POST ")?.split(|byte| *byte == b'\r').next()?;
    let line = String::from_utf8_lossy(line);
    if line.contains("?uploads") {
        Some(Moment::Created)
    } else {
        line.contains("uploadId=").then_some(Moment::Completed)
    }
}

fn put(home: &Home, url: &str, args: &[&str]) -> Command {
    let mut command = home.command(&["put", "--json", "--part-size", "5MiB"]);
    command
        .args(args)
        .args(["big", "s3://killed/P/"])
        .env("AWS_ENDPOINT_URL_S3", url)
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// When a child dies.
#[derive(Debug, Clone, Copy)]
enum When {
    At(Moment),
    /// So many bytes have gone up since it began.
    After(u64),
}

/// Lets a child run until its time has come; true where it was there to be killed.
fn run_and_kill(child: &mut Child, tap: &Tap, when: When) -> bool {
    let before = tap.up.load(Ordering::SeqCst);
    match when {
        When::At(_) => tap.valve.hold.store(true, Ordering::SeqCst),
        When::After(bytes) => tap.valve.most.store(before + bytes, Ordering::SeqCst),
    }
    let killed = watch_and_kill(child, tap, when, before);
    tap.valve.open();
    killed
}

fn watch_and_kill(child: &mut Child, tap: &Tap, when: When, before: u64) -> bool {
    while child.try_wait().unwrap().is_none() {
        let moment = match tap.moments.recv_timeout(Duration::from_millis(2)) {
            Ok(moment) => Some(moment),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the tap is gone"),
        };
        let come = match when {
            When::At(wanted) if moment == Some(wanted) => true,
            // Another one's answer goes its way.
            When::At(_) => {
                tap.valve.hold.store(moment.is_none(), Ordering::SeqCst);
                false
            }
            When::After(bytes) => tap.up.load(Ordering::SeqCst) - before >= bytes,
        };
        if come {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
    }
    false
}

/// Bytes after which to kill: anywhere, but so that the file is not through before the last
/// kill. Parts go up side by side, so that they arrive together or, mostly, not at all.
fn somewhere(random: u64, size: u64, kills: u64) -> u64 {
    let round = (IN_FLIGHT * PART) as f64;
    let gain = size as f64 * 0.45 / kills as f64;
    let beyond = gain * round / (round - gain);
    random % (round + beyond) as u64
}

/// Kills `put` so often, then lets it end; what it said in the end.
fn killed_and_resumed(url: &str, size: u64, kills: u64) -> Value {
    let home = Home::new();
    let bytes = noise(size as usize, 11);
    fs::write(home.path().join("big"), &bytes).unwrap();
    let tap = Tap::start(url);
    let mut random = u64::from(std::process::id()) | 1;
    let mut killed = 0;
    let slowly = ["--concurrency", "4", "--limit", "40MiB"];
    for run in 0..kills {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let when = match run {
            // Between Create and its journal row, and after Complete.
            0 => When::At(Moment::Created),
            last if last + 1 == kills => When::At(Moment::Completed),
            _ => When::After(somewhere(random >> 20, size, kills)),
        };
        let mut child = put(&home, &tap.url, &slowly).spawn().unwrap();
        killed += u64::from(run_and_kill(&mut child, &tap, when));
    }
    assert_eq!(killed, kills, "each was still there to be killed");
    let up = tap.up.load(Ordering::SeqCst);
    let ended = Ended::of(put(&home, &tap.url, &[]).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(up + 4 * MIB >= size, "{up} bytes went up, and then Complete was seen");
    let most = size + killed * IN_FLIGHT * PART + 4 * MIB;
    let up = tap.up.load(Ordering::SeqCst);
    assert!(up <= most, "{up} bytes went up for {size}, after {killed} kills");

    let back = Ended::of(
        home.command(&["get", "s3://killed/P/big", "back"])
            .env("AWS_ENDPOINT_URL_S3", url)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1")
            .output()
            .unwrap(),
    );
    assert_eq!(back.code, 0, "{}", back.stderr);
    assert!(fs::read(home.path().join("back/big")).unwrap() == bytes, "the object is the file");
    println!("{killed} kills: {up} bytes for {size}: {:.3}", up as f64 / size as f64);
    serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap()
}

fn aws(url: &str, args: &[&str]) -> String {
    let output = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", url, "s3api"])
        .args(args)
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .output()
        .expect("aws runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn check(object: &Value, url: &str) {
    assert_eq!(
        (&object["status"], &object["verified"]),
        (&"done".into(), &true.into()),
        "{object}"
    );
    assert!(object["parts_reused"].as_u64() > Some(0), "{object}");
    let strays = aws(url, &["list-multipart-uploads", "--bucket", "killed"]);
    assert!(!strays.contains("UploadId"), "{strays}");
}

#[test]
fn killed_at_any_moment_it_sends_little_twice_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("buckets/killed")).unwrap();
    let serve = Serve::start(dir.path());
    // 8 MiB a kill, so that the file is not through before the last one.
    let object = killed_and_resumed(serve.url(), 8 * MIB * kills(), kills());
    check(&object, serve.url());
}

#[test]
fn seaweedfs_gets_the_same_after_kills() {
    let weed = Weed::start();
    aws(weed.url(), &["create-bucket", "--bucket", "killed"]);
    let object = killed_and_resumed(weed.url(), 60 * MIB, 5);
    check(&object, weed.url());
}
