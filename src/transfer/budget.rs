//! One budget for all files together: requests in flight, and the memory they hold.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::climb::Climb;
use super::idle::{self, Idle};
use super::limit::Limit;

/// The memory all bodies together may hold: 24 MiB, counted in KiB.
const MEMORY: usize = 24 << 10;
/// What a connection queues before it writes, what TLS has made of it, and a block being read.
const LARGE: u64 = 384;
/// A request of any size costs so much beside its bytes.
const SMALL: u64 = 16;
/// Under a limit, bytes a second that every large part should have of it. Were they as many as
/// without one, none would be through, and safe from an interruption, for minutes.
const PACE: u64 = 1 << 20;

/// Leave to send requests: as many as the line is worth, see [`Climb`].
#[derive(Debug, Clone)]
pub struct Budget {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    requests: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    climb: Mutex<Climb>,
    idle: Mutex<Idle>,
    /// Permits to be withdrawn as they come back.
    debt: AtomicUsize,
    /// Somebody had to wait for a request since the last look.
    full: AtomicBool,
    chosen: bool,
    limit: Arc<Limit>,
}

/// Leave for one part to be in flight; ends when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    request: Option<OwnedSemaphorePermit>,
    _memory: Option<OwnedSemaphorePermit>,
}

impl Budget {
    /// `requests` at most, where somebody chose a number.
    pub fn new(requests: Option<usize>, limit: Arc<Limit>) -> Self {
        let climb = Climb::new(requests);
        Self {
            inner: Arc::new(Inner {
                requests: Arc::new(Semaphore::new(climb.limit())),
                memory: Arc::new(Semaphore::new(MEMORY)),
                climb: Mutex::new(climb),
                idle: Mutex::new(Idle::from_now()),
                debt: AtomicUsize::new(0),
                full: AtomicBool::new(false),
                chosen: requests.is_some(),
                limit,
            }),
        }
    }

    /// How many files may be under way: some more than requests, where nobody chose a number,
    /// so that there is always one to go on with.
    pub fn files(&self) -> usize {
        let requests = self.climb().limit();
        if self.inner.chosen { requests } else { requests + requests / 4 }
    }

    /// Waits for leave to make a request whose bytes do not come through here: it holds no
    /// memory.
    pub async fn request(&self) -> Share {
        let requests = self.inner.requests.clone();
        // Never closed, so it never fails.
        let request = match requests.clone().try_acquire_owned() {
            Ok(request) => Some(request),
            Err(_) => {
                self.inner.full.store(true, Relaxed);
                self.queue(requests).await
            }
        };
        Share { budget: self.clone(), request, _memory: None }
    }

    /// Waits in its place, and looks now and then whether there could be more places.
    async fn queue(&self, requests: Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        let mut turn = pin!(requests.acquire_owned());
        while self.climb().is_narrow() {
            if let Ok(permit) = timeout(idle::LOOK, &mut turn).await {
                return permit.ok();
            }
            self.widen();
        }
        turn.await.ok()
    }

    fn widen(&self) {
        if lock(&self.inner.idle).look() {
            self.step(Climb::widen);
        }
    }

    /// Waits for leave to move `bytes`. A small file takes as little memory as it needs.
    pub async fn share(&self, bytes: u64) -> Share {
        let mut share = self.request().await;
        let most = large(self.inner.limit.rate());
        let kib = (bytes.div_ceil(1024) + SMALL).min(most) as u32;
        share._memory = self.inner.memory.clone().acquire_many_owned(kib).await.ok();
        share
    }

    /// Something of `bytes` has arrived.
    pub fn arrived(&self, bytes: u64) {
        let full = &self.inner.full;
        self.step(|climb| {
            if climb.arrived(bytes, full.load(Relaxed), Instant::now()) {
                full.store(false, Relaxed);
            }
        });
    }

    /// The store asked for less: half as many requests from here on, until it takes more.
    pub fn slow_down(&self) {
        self.step(|climb| climb.slow_down(Instant::now()));
    }

    /// Lets the search go on, and follows it.
    fn step(&self, go_on: impl FnOnce(&mut Climb)) {
        let mut climb = self.climb();
        let before = climb.limit();
        go_on(&mut climb);
        if climb.limit() != before {
            self.resize(before, climb.limit());
        }
    }

    /// Called with the climb locked, so that two of them do not cross.
    fn resize(&self, from: usize, to: usize) {
        let inner = &self.inner;
        if to < from {
            let there = inner.requests.forget_permits(from - to);
            inner.debt.fetch_add(from - to - there, Relaxed);
        } else {
            let mut more = to - from;
            while more > 0 && self.pays_debt() {
                more -= 1;
            }
            inner.requests.add_permits(more);
        }
    }

    /// True where one permit was owed.
    fn pays_debt(&self) -> bool {
        self.inner.debt.fetch_update(Relaxed, Relaxed, |debt| debt.checked_sub(1)).is_ok()
    }

    fn climb(&self) -> MutexGuard<'_, Climb> {
        lock(&self.inner.climb)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a large part takes of the memory, in KiB: under a limit so much that few share it.
fn large(rate: Option<u64>) -> u64 {
    let all = MEMORY as u64;
    rate.map_or(LARGE, |rate| all / (rate / PACE).clamp(2, all / LARGE))
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(request) = self.request.take()
            && self.budget.pays_debt()
        {
            request.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn unlimited() -> Arc<Limit> {
        Arc::new(Limit::new(None))
    }

    fn shares(budget: &Budget, bytes: u64) -> Vec<Share> {
        std::iter::from_fn(|| budget.share(bytes).now_or_never()).collect()
    }

    #[tokio::test]
    async fn memory_bounds_large_parts_and_requests_bound_small_ones() {
        let budget = Budget::new(Some(1000), unlimited());
        assert_eq!(shares(&budget, 1 << 30).len(), 64);

        let budget = Budget::new(Some(10), unlimited());
        let small = shares(&budget, 0);
        assert_eq!(small.len(), 10);
        drop(small);
        assert!(budget.share(0).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_limit_is_shared_by_few_large_parts_and_by_as_many_small_files() {
        let slow = Arc::new(Limit::new(Some(2 << 20)));
        let budget = Budget::new(Some(30), slow.clone());
        assert_eq!(shares(&budget, 1 << 30).len(), 2);
        assert_eq!(shares(&budget, 4096).len(), 30);
        slow.set(Some(10 << 20));
        assert_eq!(shares(&budget, 1 << 30).len(), 10);
        slow.set(None);
        assert_eq!(shares(&budget, 1 << 30).len(), 30);
    }

    #[tokio::test]
    async fn a_refusal_withdraws_also_what_is_under_way() {
        let budget = Budget::new(Some(8), unlimited());
        let mut held = shares(&budget, 0);
        budget.slow_down();
        assert_eq!(budget.files(), 4);
        held.truncate(4);
        assert!(budget.share(0).now_or_never().is_none(), "four are still under way");
        drop(held);
        assert_eq!(shares(&budget, 0).len(), 4);
    }
}
