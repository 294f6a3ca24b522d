//! What the tests share: a terminal, servers, outside clients.

pub mod outside;
pub mod pty;
pub mod serve;
pub mod weed;
