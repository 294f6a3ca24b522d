//! One budget for all files together: requests in flight, and the memory they hold.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::digest::BLOCK;

/// The memory all bodies together may hold: 24 MiB of blocks.
const BLOCKS: usize = 24 * (1 << 20) / BLOCK;
/// A body holds one block on its way out and one being read.
const BLOCKS_A_PART: u64 = 2;

#[derive(Debug, Clone)]
pub struct Budget {
    requests: Arc<Semaphore>,
    blocks: Arc<Semaphore>,
}

/// Leave for one part to be in flight; ends when dropped.
#[derive(Debug)]
pub struct Share {
    _request: Option<OwnedSemaphorePermit>,
    _blocks: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub fn new(requests: usize) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(requests.max(1))),
            blocks: Arc::new(Semaphore::new(BLOCKS)),
        }
    }

    /// Waits for leave to make a request whose bytes do not come through here: it holds no
    /// memory.
    pub async fn request(&self) -> Share {
        Share { _request: self.requests.clone().acquire_owned().await.ok(), _blocks: None }
    }

    /// Waits for leave to move `bytes`. A small file takes as little memory as it needs.
    pub async fn share(&self, bytes: u64) -> Share {
        let blocks = bytes.div_ceil(BLOCK as u64).clamp(1, BLOCKS_A_PART) as u32;
        // Neither is ever closed, so neither fails.
        let request = self.requests.clone().acquire_owned().await.ok();
        let blocks = self.blocks.clone().acquire_many_owned(blocks).await.ok();
        Share { _request: request, _blocks: blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn memory_bounds_large_parts_and_requests_bound_small_ones() {
        let budget = Budget::new(1000);
        let mut large = Vec::new();
        while let Some(share) = budget.share(1 << 30).now_or_never() {
            large.push(share);
        }
        assert_eq!(large.len() as u64, BLOCKS as u64 / BLOCKS_A_PART);

        let budget = Budget::new(10);
        let small: Vec<_> = std::iter::from_fn(|| budget.share(0).now_or_never()).collect();
        assert_eq!(small.len(), 10);
        drop(small);
        assert!(budget.share(0).now_or_never().is_some());
    }
}
