//! The nouns every room shares. No I/O, no async, no AWS types.

pub mod backoff;
pub mod bucket;
pub mod catalog;
pub mod closeup;
pub mod drafts;
pub mod identity;
pub mod json;
pub mod keys;
pub mod kms;
pub mod manifest;
pub mod mode;
pub mod object;
pub mod pattern;
pub mod posture;
pub mod query;
pub mod settings;
pub mod shown;
pub mod size;
pub mod sql;
pub mod storage;
pub mod tags;
pub mod transfer;
pub mod trouble;
pub mod units;
pub mod uri;
pub mod words;
