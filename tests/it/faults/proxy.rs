//! A TCP proxy that lets requests through to a store until a fault is meant for one.
//!
//! It knows as much of HTTP/1.1 as it takes to tell one request from the next, and does to
//! the bytes what a bad line, a tired server or a middlebox does.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::scenario::{Act, Fault, Mishap, Side, is_meant};

/// Listens until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

struct State {
    upstream: SocketAddr,
    faults: Vec<(Fault, AtomicU32)>,
    /// Where the source files are.
    files: PathBuf,
    /// Milliseconds that the listener shall be gone.
    refuse: Mutex<Option<u64>>,
    refusing: Notify,
    /// Until when the store's name leads nowhere.
    nameless: Mutex<Option<Instant>>,
    /// Until when everybody's session is over, and whose is for good.
    expired: Mutex<(Option<Instant>, String)>,
    /// `METHOD TARGET` of every request.
    seen: Mutex<Vec<(String, String)>>,
}

impl Proxy {
    pub async fn start(upstream: SocketAddr, faults: Vec<Fault>, files: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            upstream,
            faults: faults.into_iter().map(|fault| (fault, AtomicU32::new(0))).collect(),
            files,
            refuse: Mutex::default(),
            refusing: Notify::new(),
            nameless: Mutex::default(),
            expired: Mutex::default(),
            seen: Mutex::default(),
        });
        let stop = CancellationToken::new();
        tokio::spawn(listen(listener, address, state.clone(), stop.clone()));
        Self { address, state, stop }
    }

    /// The authority of the proxy, as far as it can be found just now.
    pub fn name(&self) -> Name {
        Name { address: self.address, state: self.state.clone() }
    }

    /// How many requests were what `on` names.
    pub fn count(&self, on: &str) -> u32 {
        let seen = self.state.seen.lock().unwrap();
        seen.iter().filter(|(method, target)| is_meant(on, method, target)).count() as u32
    }

    /// The faults that no request has met.
    pub fn unmet(&self) -> Vec<String> {
        let unmet = self.state.faults.iter().filter(|(fault, seen)| {
            seen.load(Ordering::SeqCst) <= fault.skip && !matches!(fault.times, Some(0))
        });
        unmet.map(|(fault, _)| format!("{} {:?}", fault.on, fault.act)).collect()
    }
}

/// Where the proxy is, for whoever connects to it.
#[derive(Clone)]
pub struct Name {
    address: SocketAddr,
    state: Arc<State>,
}

impl Name {
    /// Its address; a name that nobody has (RFC 6761), while its own is gone.
    pub fn authority(&self) -> String {
        let until = *self.state.nameless.lock().unwrap();
        match until.is_some_and(|until| until > Instant::now()) {
            true => "no-such-host.invalid:80".to_owned(),
            false => self.address.to_string(),
        }
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.authority())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn listen(
    mut listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
) {
    let mut connections = stop.child_token();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (state, ended) = (state.clone(), connections.clone());
                tokio::spawn(async move {
                    let _ = client.set_nodelay(true);
                    let mut client = Wire::new(client);
                    tokio::select! {
                        () = ended.cancelled() => client.reset(),
                        // One that broke is what this is for.
                        _ = converse(&mut client, &state) => {}
                    }
                });
            }
            () = state.refusing.notified() => {
                let wait = state.refuse.lock().unwrap().take().unwrap_or_default();
                drop(listener);
                connections.cancel();
                connections = stop.child_token();
                tokio::time::sleep(Duration::from_millis(wait)).await;
                listener = TcpListener::bind(address).await.expect("its old address");
            }
        }
    }
}

impl State {
    /// What shall happen to this request.
    fn meet(&self, head: &Head) -> Option<&Act> {
        self.faults.iter().find_map(|(fault, seen)| {
            if !is_meant(&fault.on, &head.method, &head.target) {
                return None;
            }
            let number = seen.fetch_add(1, Ordering::SeqCst);
            let last = fault.times.map_or(u32::MAX, |times| fault.skip.saturating_add(times));
            (number >= fault.skip && number < last).then_some(&fault.act)
        })
    }

    fn is_expired(&self, head: &Head) -> bool {
        let (until, token) = &*self.expired.lock().unwrap();
        let its = head.field("x-amz-security-token").unwrap_or_default();
        until.is_some_and(|until| until > Instant::now()) || !token.is_empty() && token == its
    }

    fn befall(&self, file: &str, how: Mishap) -> io::Result<()> {
        let path = self.files.join(file);
        let size = fs::metadata(&path)?.len();
        match how {
            Mishap::Remove => fs::remove_file(&path),
            Mishap::Append => {
                use std::io::Write as _;
                fs::File::options().append(true).open(&path)?.write_all(b"!")
            }
            Mishap::Truncate => fs::File::options().write(true).open(&path)?.set_len(size / 2),
            Mishap::Folder => {
                fs::remove_file(&path)?;
                fs::create_dir(&path)
            }
            Mishap::Replace => {
                let other = path.with_extension("other");
                fs::write(&other, vec![b'!'; size as usize])?;
                fs::rename(other, &path)
            }
        }
    }
}

/// Requests of one connection, one after the other, each to a connection of its own upstream.
async fn converse(client: &mut Wire, state: &State) -> io::Result<()> {
    while let Some(head) = client.head().await? {
        state.seen.lock().unwrap().push((head.method.clone(), head.target.clone()));
        let act = state.meet(&head);
        match act {
            Some(Act::Refuse { ms }) => {
                *state.refuse.lock().unwrap() = Some(*ms);
                state.refusing.notify_one();
                return std::future::pending().await;
            }
            Some(Act::Unname { ms }) => {
                let until = Instant::now() + Duration::from_millis(*ms);
                *state.nameless.lock().unwrap() = Some(until);
                *state.refuse.lock().unwrap() = Some(0);
                state.refusing.notify_one();
                return std::future::pending().await;
            }
            Some(Act::Expire { ms, token }) => {
                let until = Instant::now() + Duration::from_millis(*ms);
                *state.expired.lock().unwrap() = (Some(until), token.clone());
            }
            Some(Act::Source { file, how }) => state.befall(file, *how)?,
            Some(Act::Answer { status, code, early }) => {
                if let Some(bytes) = early {
                    client.pass(*bytes, None).await?;
                    return client.answer_early(&head, *status, code).await;
                }
                client.pass(head.length(), None).await?;
                client.answer(&head, *status, code, false).await?;
                continue;
            }
            _ => {}
        }
        if state.is_expired(&head) {
            return client.answer_early(&head, 400, "ExpiredToken").await;
        }
        let mut store = Wire::new(TcpStream::connect(state.upstream).await?);
        store.stream.write_all(&head.bytes()).await?;
        let request = |bytes: u64| bytes.min(head.length());
        match act {
            Some(Act::Reset { at: Side::Request, after }) => {
                client.pass(request(*after), Some(&mut store)).await?;
                return Err(client.broken());
            }
            Some(Act::Stall { at: Side::Request, after }) => {
                client.pass(request(*after), Some(&mut store)).await?;
                return std::future::pending().await;
            }
            Some(Act::Damage { at: Side::Request, after }) => {
                client.pass_damaged(request(*after), head.length(), &mut store).await?;
            }
            _ => client.pass(head.length(), Some(&mut store)).await?,
        }
        answer(client, &mut store, &head, act).await?;
    }
    Ok(())
}

/// The store's answer on its way back.
async fn answer(
    client: &mut Wire,
    store: &mut Wire,
    asked: &Head,
    act: Option<&Act>,
) -> io::Result<()> {
    let mut head = store.head().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let bodiless = asked.method == "HEAD" || [" 204", " 304"].iter().any(|s| head.is_status(s));
    let length = if bodiless { 0 } else { head.length() };
    assert!(bodiless || head.field("content-length").is_some(), "an answer without a length");
    match act {
        Some(Act::Lose) => return Err(client.broken()),
        Some(Act::Slow { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        Some(Act::Headers { set }) => set.iter().for_each(|(name, value)| head.set(name, value)),
        _ => {}
    }
    client.stream.write_all(&head.bytes()).await?;
    match act {
        Some(Act::Reset { at: Side::Answer, after }) => {
            store.pass((*after).min(length), Some(client)).await?;
            Err(client.broken())
        }
        Some(Act::Stall { at: Side::Answer, after }) => {
            store.pass((*after).min(length), Some(client)).await?;
            std::future::pending().await
        }
        Some(Act::Damage { at: Side::Answer, after }) => {
            store.pass_damaged((*after).min(length), length, client).await
        }
        Some(Act::Truncate { after }) => {
            store.pass((*after).min(length), Some(client)).await?;
            client.stream.shutdown().await?;
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        _ => store.pass(length, Some(client)).await,
    }
}

/// One side's connection, and what has been read of it but not used.
struct Wire {
    stream: TcpStream,
    ahead: BytesMut,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        Self { stream, ahead: BytesMut::new() }
    }

    /// The lines up to the empty one; `None` where the other side has hung up.
    async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                let bytes = self.ahead.split_to(end + 4);
                return Ok(Some(Head::parse(&String::from_utf8_lossy(&bytes))));
            }
            if self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads so many bytes and hands them on, where there is somebody to take them.
    async fn pass(&mut self, mut bytes: u64, mut to: Option<&mut Wire>) -> io::Result<()> {
        while bytes > 0 {
            if self.ahead.is_empty() && self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let now = self.ahead.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
            let chunk = self.ahead.split_to(now);
            if let Some(to) = to.as_deref_mut() {
                to.stream.write_all(&chunk).await?;
            }
            bytes -= now as u64;
        }
        Ok(())
    }

    /// All of a body with the byte after the first `sound` ones turned round.
    async fn pass_damaged(&mut self, sound: u64, length: u64, to: &mut Wire) -> io::Result<()> {
        self.pass(sound, Some(to)).await?;
        if sound < length {
            if self.ahead.is_empty() && self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.ahead[0] = !self.ahead[0];
        }
        self.pass(length - sound, Some(to)).await
    }

    async fn answer(
        &mut self,
        asked: &Head,
        status: u16,
        code: &str,
        last: bool,
    ) -> io::Result<()> {
        let body = format!("<Error><Code>{code}</Code><Message>by the test</Message></Error>");
        // An answer to HEAD has the length of the body that it does not have.
        let connection = if last { "close" } else { "keep-alive" };
        let head = format!(
            "HTTP/1.1 {status} No\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\
             Connection: {connection}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        if asked.method != "HEAD" {
            self.stream.write_all(body.as_bytes()).await?;
        }
        self.stream.flush().await
    }

    /// Answers before all is read, and hangs up.
    async fn answer_early(&mut self, asked: &Head, status: u16, code: &str) -> io::Result<()> {
        self.answer(asked, status, code, true).await?;
        // Closed at once, with bytes unread, it would take the answer along.
        self.stream.shutdown().await?;
        self.pass(u64::MAX, None).await
    }

    /// Closing it sends RST instead of FIN.
    fn reset(&self) {
        let _ = self.stream.set_zero_linger();
    }

    fn broken(&self) -> io::Error {
        self.reset();
        io::ErrorKind::ConnectionReset.into()
    }
}

/// A request's or an answer's head.
struct Head {
    /// Of a request; the protocol, of an answer.
    method: String,
    target: String,
    first: String,
    fields: Vec<(String, String)>,
}

impl Head {
    fn parse(text: &str) -> Self {
        let mut lines = text.trim_end().split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let mut words = first.split(' ').map(ToOwned::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Self { method, target, fields: fields.collect(), first }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Bytes of the body.
    fn length(&self) -> u64 {
        self.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    fn is_status(&self, status: &str) -> bool {
        self.first.contains(status)
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some((_, there)) =
            self.fields.iter_mut().find(|(field, _)| field.eq_ignore_ascii_case(name))
        {
            value.clone_into(there);
        }
        self.fields.retain(|(_, value)| !value.is_empty());
    }

    fn bytes(&self) -> Vec<u8> {
        let fields: String =
            self.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{}\r\n{fields}\r\n", self.first).into_bytes()
    }
}
