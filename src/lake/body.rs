//! The body of an upload: a slice of a file, read while it is sent.
//!
//! Nothing is buffered but what the connection queues and one block being read, so memory does
//! not grow with the part. The body can be made again, which is what lets the SDK retry, and
//! has an exact length, which is told before the first byte.
//!
//! What the kernel has in memory is taken from there at once; only what it has not is read off
//! the async workers. A body can be summed up on its way, which spares its file a second
//! reading.

use std::fs::File;
use std::future::Future as _;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use http_body::{Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use super::block::{self, Block};

/// Bytes asked of the disk at a time, and, as long as the line takes them, written at once.
const BLOCK: u64 = block::BLOCK as u64;

/// The most bytes handed over at once. On a line that is full hyper queues 16 pieces or some
/// 400 KiB, whatever comes first: pieces of a TLS record's size keep that, and with it what every
/// part in flight holds, at 256 KiB.
const PIECE: usize = 16 * 1024;

/// Hears of every byte of one body, and says when the next may go.
pub trait Meter: Send + Sync + 'static {
    /// A pass over the slice begins: the first, or one more because the SDK tries again.
    fn begin(&self);
    /// True where nobody wants the body any more: it ends in an error, however far it is.
    fn is_cut(&self) -> bool {
        false
    }
    /// The most bytes to hand over at once; small where a rate limit shares a thin line.
    fn quantum(&self) -> usize;
    /// How long to wait before handing over this many bytes.
    fn reserve(&self, bytes: usize) -> Duration;
    /// This many bytes were handed to the connection.
    fn sent(&self, bytes: usize);
}

/// Asked after the last byte was read and before it is sent: an error withholds the end of
/// the body, and with it the object or part, from the store.
pub type Still = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;

/// The CRC64NVME of a body, once its last byte has been handed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summed(Arc<Mutex<Option<u64>>>);

impl Summed {
    pub fn value(&self) -> Option<u64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, sum: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sum);
    }
}

/// A CRC64NVME as S3 writes it: base64 of the bytes, the most significant first.
pub(crate) fn as_s3_writes(crc64nvme: u64) -> String {
    BASE64.encode(crc64nvme.to_be_bytes())
}

/// Bytes that make one request's body.
#[derive(Clone)]
pub enum Slice {
    /// A range of an open file.
    File { file: Arc<File>, range: Range<u64>, still: Still },
    /// A small file, read already.
    Held(Bytes),
}

impl Slice {
    pub fn len(&self) -> u64 {
        match self {
            Self::File { range, .. } => range.end - range.start,
            Self::Held(bytes) => bytes.len() as u64,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The body, as many times as it is needed.
    pub(crate) fn stream(self, meter: Arc<dyn Meter>) -> ByteStream {
        self.sending(meter, None)
    }

    /// The same, summed up on its way.
    pub(crate) fn summed(self, meter: Arc<dyn Meter>, into: Summed) -> ByteStream {
        self.sending(meter, Some(into))
    }

    fn sending(self, meter: Arc<dyn Meter>, sum: Option<Summed>) -> ByteStream {
        ByteStream::new(SdkBody::retryable(move || {
            SdkBody::from_body_1_x(Sending::new(self.clone(), meter.clone(), sum.clone()))
        }))
    }
}

struct Sending {
    slice: Slice,
    meter: Arc<dyn Meter>,
    /// What was handed over, and where its sum is told at the end.
    sum: Option<(Digest, Summed)>,
    /// Bytes that were asked for.
    asked: u64,
    /// What has been read and not yet handed over.
    ready: Bytes,
    begun: bool,
    /// A block was handed over, and is to be written before there is more.
    handed: bool,
    /// A read off the async workers, and how much it asked for.
    reading: Option<(JoinHandle<io::Result<Bytes>>, u64)>,
    /// Until the limit allows the bytes it was asked for.
    waiting: Option<(Pin<Box<Sleep>>, usize)>,
}

impl Sending {
    fn new(slice: Slice, meter: Arc<dyn Meter>, sum: Option<Summed>) -> Self {
        let sum = sum.map(|sum| (Digest::new(CrcAlgorithm::Crc64Nvme), sum));
        if let Some((empty, sum)) = &sum
            && slice.is_empty()
        {
            sum.tell(empty.finalize());
        }
        let (ready, begun, handed) = (Bytes::new(), false, false);
        Self { slice, meter, sum, asked: 0, ready, begun, handed, reading: None, waiting: None }
    }

    /// Gets the next block: at once where it is in memory, else off the async workers.
    fn read(&mut self) {
        let left = self.slice.len() - self.asked;
        if left == 0 || self.reading.is_some() {
            return;
        }
        let (file, range, still) = match &self.slice {
            Slice::File { file, range, still } => (file, range, still),
            Slice::Held(bytes) => {
                self.ready = bytes.clone();
                self.asked = left;
                return;
            }
        };
        let (at, len) = (range.start + self.asked, left.min(BLOCK));
        let last = len == left;
        self.asked += len;
        // The last one asks the file system whether the file still is what it was.
        if !last
            && self.ready.is_empty()
            && let Some(bytes) = block::read_cached(file, len as usize, at)
        {
            self.ready = bytes;
            return;
        }
        let (file, still) = (file.clone(), last.then(|| still.clone()));
        let read = tokio::task::spawn_blocking(move || {
            let mut block = Block::take();
            file.read_exact_at(&mut block[..len as usize], at)?;
            if let Some(still) = still {
                still()?;
            }
            Ok(block.into_bytes(len as usize))
        });
        self.reading = Some((read, len));
    }

    fn remaining(&self) -> u64 {
        let reading = self.reading.as_ref().map_or(0, |(_, len)| *len);
        self.slice.len() - self.asked + reading + self.ready.len() as u64
    }

    fn sum_up(&mut self, bytes: &[u8]) {
        let last = self.remaining() == 0;
        if let Some((digest, sum)) = &mut self.sum {
            digest.update(bytes);
            if last {
                sum.tell(digest.finalize());
            }
        }
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if !self.begun {
            self.begun = true;
            self.meter.begin();
        }
        if self.meter.is_cut() {
            return Poll::Ready(Some(Err(io::Error::other("the transfer was stopped"))));
        }
        // While there is more, hyper queues; where there is nothing for now, it writes what it
        // has, which is still in the processor's cache then.
        if std::mem::take(&mut self.handed) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.ready.is_empty() {
            self.read();
            if let Some((reading, _)) = self.reading.as_mut() {
                let block = ready!(Pin::new(reading).poll(cx));
                self.reading = None;
                match block.unwrap_or_else(|error| Err(io::Error::other(error))) {
                    Ok(block) => self.ready = block,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
                // It came from the disk, and so will the next one: ahead of its turn.
                self.read();
            }
            if self.ready.is_empty() {
                return Poll::Ready(None);
            }
        }
        let size = match self.waiting.as_mut() {
            Some((sleep, size)) => {
                ready!(sleep.as_mut().poll(cx));
                *size
            }
            None => {
                let size = self.ready.len().min(self.meter.quantum().clamp(1, PIECE));
                let wait = self.meter.reserve(size);
                if !wait.is_zero() {
                    let mut sleep = Box::pin(tokio::time::sleep(wait));
                    let poll = sleep.as_mut().poll(cx);
                    self.waiting = Some((sleep, size));
                    ready!(poll);
                }
                size
            }
        };
        self.waiting = None;
        let bytes = self.ready.split_to(size);
        self.sum_up(&bytes);
        self.handed = self.ready.is_empty() && self.remaining() > 0;
        self.meter.sent(size);
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.poll_bytes(cx).map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body::Body as _;
    use http_body_util::BodyExt as _;

    #[derive(Default)]
    struct Count {
        begun: AtomicUsize,
        sent: AtomicUsize,
        quantum: usize,
    }

    impl Meter for Count {
        fn begin(&self) {
            self.begun.fetch_add(1, Ordering::Relaxed);
        }
        fn quantum(&self) -> usize {
            self.quantum
        }
        fn reserve(&self, _: usize) -> Duration {
            Duration::from_micros(1)
        }
        fn sent(&self, bytes: usize) {
            self.sent.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn slice(data: &[u8], range: Range<u64>) -> Slice {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, data).unwrap();
        let file = Arc::new(File::open(path).unwrap());
        Slice::File { file, range, still: Arc::new(|| Ok(())) }
    }

    fn data() -> Vec<u8> {
        (0..700_001u32).map(|n| (n * 7 / 3) as u8).collect()
    }

    #[tokio::test]
    async fn it_can_be_read_again_and_says_its_length() {
        let data = data();
        let meter = Arc::new(Count { quantum: 100_000, ..Count::default() });
        let stream = slice(&data, 10..data.len() as u64).stream(meter.clone());
        let body = stream.into_inner();
        let again = body.try_clone().expect("retryable");
        assert!(body.bytes().is_none(), "nothing is in memory, so nothing is hashed to sign it");
        assert_eq!(body.content_length(), Some(699_991));
        for body in [body, again] {
            assert_eq!(body.collect().await.unwrap().to_bytes(), &data[10..]);
        }
        assert_eq!(meter.begun.load(Ordering::Relaxed), 2);
        assert_eq!(meter.sent.load(Ordering::Relaxed), 2 * 699_991);
    }

    #[tokio::test]
    async fn what_is_sent_is_summed_up_every_time() {
        let data = data();
        let meter = Arc::new(Count { quantum: 100_000, ..Count::default() });
        let sum = Summed::default();
        let whole = slice(&data, 10..data.len() as u64);
        let body = whole.summed(meter.clone(), sum.clone()).into_inner();
        for body in [body.try_clone().expect("retryable"), body] {
            body.collect().await.unwrap();
            let wanted = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &data[10..]);
            assert_eq!(sum.value(), Some(wanted));
            *sum.0.lock().unwrap() = None;
        }
    }

    #[test]
    fn a_block_is_written_before_the_next_is_handed_over() {
        struct Wakes(AtomicUsize);
        impl std::task::Wake for Wakes {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let meter = || Arc::new(Count { quantum: 1 << 20, ..Count::default() });
        let data = vec![7; 3 * block::BLOCK];
        let whole = slice(&data, 0..data.len() as u64);
        let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
        let waker = wakes.clone().into();
        let mut cx = Context::from_waker(&waker);
        let mut body = Sending::new(whole, meter(), None);
        // What is not in memory is read by the runtime's threads, and waited for as well.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _in = runtime.enter();
        let (mut between, mut handed) = (Vec::new(), 0);
        while handed < data.len() {
            let (pause, woken) = (body.handed, wakes.0.load(Ordering::Relaxed));
            match body.poll_bytes(&mut cx) {
                Poll::Ready(bytes) => {
                    assert!(!pause);
                    handed += bytes.unwrap().unwrap().len();
                }
                Poll::Pending if pause => {
                    assert!(wakes.0.load(Ordering::Relaxed) > woken, "nobody would ask again");
                    between.push(handed);
                }
                Poll::Pending => std::thread::yield_now(),
            }
        }
        assert_eq!(between, [block::BLOCK, 2 * block::BLOCK]);
    }

    #[tokio::test]
    async fn the_length_holds_at_every_step() {
        let data = data();
        let meter = Arc::new(Count { quantum: 90_000, ..Count::default() });
        let mut body = Sending::new(slice(&data, 0..data.len() as u64), meter, None);
        let mut left = data.len() as u64;
        while let Some(frame) = body.frame().await {
            left -= frame.unwrap().into_data().unwrap().len() as u64;
            assert_eq!(body.size_hint().exact(), Some(left));
        }
        assert!(body.is_end_stream() && left == 0);
    }

    #[tokio::test]
    async fn a_file_that_shrank_or_changed_is_an_error_before_the_end() {
        let data = data();
        let short = slice(&data, 0..data.len() as u64 + 1);
        let meter = || Arc::new(Count { quantum: 1 << 20, ..Count::default() });
        assert!(short.stream(meter()).collect().await.is_err());
        let Slice::File { file, range, .. } = slice(&data, 0..data.len() as u64) else {
            unreachable!("it is a file's")
        };
        let still: Still = Arc::new(|| Err(io::Error::other("changed")));
        let changed = Slice::File { file, range, still };
        let watch = meter();
        assert!(changed.stream(watch.clone()).collect().await.is_err());
        assert!(watch.sent.load(Ordering::Relaxed) < data.len());
    }

    #[tokio::test]
    async fn what_is_held_is_metered_like_a_file() {
        let meter = Arc::new(Count { quantum: 300, ..Count::default() });
        let stream = Slice::Held(Bytes::from(data())).stream(meter.clone());
        let body = stream.into_inner();
        let again = body.try_clone().expect("retryable");
        for body in [body, again] {
            assert_eq!(body.content_length(), Some(700_001));
            assert_eq!(body.collect().await.unwrap().to_bytes(), &data()[..]);
        }
        assert_eq!(meter.sent.load(Ordering::Relaxed), 2 * 700_001);
    }

    #[tokio::test]
    async fn an_empty_slice_is_an_empty_body() {
        let meter = Arc::new(Count::default());
        let stream = slice(b"x", 1..1).stream(meter);
        assert_eq!(stream.into_inner().content_length(), Some(0));
    }
}
