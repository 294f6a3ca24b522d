//! What the view asks for and hears. Names of buckets are raw, all other text is sanitised.

use crate::model::object::Role;
use crate::model::posture::{Check, Verdict};
use crate::model::shown::Shown;
use crate::ui::talk::Failure;

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub check: Check,
    pub verdict: Verdict,
    pub found: Shown,
    /// What to do about it.
    pub todo: Option<Shown>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The findings of the buckets that have a role, and of those that were chosen.
    Look { generation: u32, chosen: Vec<String> },
    /// Register the bucket; `None` is the service-linked role.
    Register { bucket: String, role: Option<String> },
    /// Take this location from Lake Formation, by its ARN.
    Deregister { arn: String },
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The ARN of the role to register this bucket with.
    Role { bucket: String },
    /// The ARN of the location to deregister.
    Location,
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The buckets that are looked at.
    Buckets { generation: u32, buckets: Vec<(String, Option<Role>)> },
    /// Nothing can be asked.
    Broken { generation: u32, failure: Failure },
    /// A finding of the bucket at this place of the list.
    Found { generation: u32, at: usize, found: Found },
    /// Everything has been asked.
    Looked { generation: u32 },
    /// What Lake Formation has is not what it was.
    Changed,
}
