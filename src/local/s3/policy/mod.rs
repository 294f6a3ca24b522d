//! Bucket policies: the part of IAM's language that data lakes are guarded with.
//!
//! What this lake cannot enforce is refused when the policy is put, never ignored.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod condition;
mod parse;
#[cfg(test)]
mod tests;

use condition::Condition;

use super::object::PutOptions;
use crate::local::principal::{ACCOUNT, Principal};
use crate::model::pattern::Pattern;

/// A policy that was understood whole.
#[derive(Debug, Clone)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    deny: bool,
    principals: Principals,
    actions: Listed,
    resources: Listed,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone)]
struct Listed {
    not: bool,
    patterns: Vec<Pattern>,
}

impl Listed {
    fn covers(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(text)) != self.not
    }
}

#[derive(Debug, Clone)]
struct Principals {
    not: bool,
    names: Vec<String>,
}

impl Principals {
    /// The account's number or its root mean everybody in the account.
    fn covers(&self, who: &Principal) -> bool {
        let arn = who.arn();
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        let named = self
            .names
            .iter()
            .any(|name| name == "*" || *name == arn || *name == ACCOUNT || *name == root);
        named != self.not
    }
}

/// One action to judge.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub who: &'a Principal,
    /// `s3:PutObject`
    pub action: &'a str,
    /// `arn:aws:s3:::bucket/key`
    pub resource: &'a str,
    /// The headers of a write.
    pub headers: Option<&'a PutOptions>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Denied,
    Allowed,
    /// No statement applies.
    Silent,
}

impl Policy {
    /// A deny that applies beats every allow.
    pub fn judge(&self, request: &Request<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.statements.iter().filter(|statement| statement.applies(request)) {
            if statement.deny {
                return Verdict::Denied;
            }
            verdict = Verdict::Allowed;
        }
        verdict
    }
}

impl Statement {
    fn applies(&self, request: &Request<'_>) -> bool {
        self.principals.covers(request.who)
            && self.actions.covers(&request.action.to_ascii_lowercase())
            && self.resources.covers(request.resource)
            && self.conditions.iter().all(|condition| condition.holds(request))
    }
}
