//! What the screen looks like in every state, at the sizes that matter. The snapshots are
//! whole screens: `cargo insta review` shows what a change does to them.

mod acts;
mod buckets;
mod frame;
pub mod stage;
mod terminal;
mod transfers;
mod viewer;
