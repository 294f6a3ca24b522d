//! `lakehand check [--json]`

use std::collections::HashSet;

use futures::StreamExt as _;
use serde::Serialize;

use crate::govern::posture::{self, Subject};
use crate::govern::shown;
use crate::model::posture::{Check, Finding, Verdict};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn run(context: &Context, args: &CheckArgs) -> Result<Exit, Failure> {
    context.until_interrupted(check(context, args.json)).await
}

async fn check(context: &Context, json: bool) -> Result<Exit, Failure> {
    let lake = context.open_lake().await?;
    let subjects = posture::subjects(lake.settings(), &[]);
    if subjects.is_empty() {
        let name = &lake.settings().name;
        return Err(Failure::usage("check", format!("no bucket of lake {name} has a role"))
            .hint(format!("name them in [lakes.{name}.buckets]")));
    }
    // Without credentials every finding would say so.
    lake.session().await?;
    let live: HashSet<String> =
        context.journal(&lake).await?.upload_ids().await?.into_iter().collect();
    let mut found: Vec<Vec<Finding>> = vec![Vec::new(); subjects.len()];
    let mut coming = std::pin::pin!(posture::examine(&lake, &subjects, live));
    let mut out = Out::stdout();
    let mut told = 0;
    while let Some((at, finding)) = coming.next().await {
        found[at].push(finding);
        // Whole buckets, in their order, as soon as all of one is known.
        while found.get(told).is_some_and(|findings| findings.len() == Check::ALL.len()) {
            found[told].sort_by_key(|finding| finding.check);
            print(&subjects[told], &found[told], told > 0, json, &mut out)?;
            out.flush()?;
            told += 1;
        }
    }
    Ok(exit(found.iter().flatten().map(|finding| finding.verdict)))
}

/// What was not learnt counts less than what is wrong, and more than a pass.
fn exit(verdicts: impl Iterator<Item = Verdict>) -> Exit {
    match verdicts.max() {
        Some(Verdict::Fail) => Exit::Failed,
        Some(Verdict::Unknown) => Exit::SomeFailed,
        Some(Verdict::Pass | Verdict::Warn) | None => Exit::Done,
    }
}

#[derive(Serialize)]
struct FindingLine<'a> {
    bucket: &'a str,
    role: Option<&'a str>,
    check: &'a str,
    verdict: &'a str,
    found: &'a str,
    todo: Option<&'a str>,
}

fn print(
    subject: &Subject,
    findings: &[Finding],
    more: bool,
    json: bool,
    out: &mut Out,
) -> Result<(), Failure> {
    let role = subject.role.map(|role| role.name());
    if json {
        for finding in findings {
            out.json(&FindingLine {
                bucket: &subject.bucket,
                role,
                check: finding.check.name(),
                verdict: finding.verdict.name(),
                found: &finding.found,
                todo: finding.todo.as_deref(),
            })?;
        }
        return Ok(());
    }
    if more {
        out.line("")?;
    }
    let role = role.map_or(String::new(), |role| format!(" ({role})"));
    out.line(&format!("{}{role}", shown(&subject.bucket)))?;
    findings.iter().try_for_each(|finding| lines(finding).iter().try_for_each(|l| out.line(l)))
}

/// The finding, and below it what to do.
fn lines(finding: &Finding) -> Vec<String> {
    let Finding { check, verdict, found, todo } = finding;
    let mut lines = vec![format!("  {verdict:<7}  {check:<16}  {}", shown(found))];
    lines.extend(todo.iter().map(|todo| format!("{:29}{}", "", shown(todo))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_before_what_is_not_known() {
        use Verdict::{Fail, Pass, Unknown, Warn};
        let exit = |all: &[Verdict]| exit(all.iter().copied());
        assert_eq!(exit(&[Pass, Warn]), Exit::Done);
        assert_eq!(exit(&[Pass, Unknown, Warn]), Exit::SomeFailed);
        assert_eq!(exit(&[Unknown, Fail, Pass]), Exit::Failed);
    }

    #[test]
    fn a_line_for_the_finding_and_one_for_what_to_do() {
        let hostile = Finding::fail(Check::Strays, "2 of \u{1b}[2J", "abort\nthem");
        assert_eq!(
            lines(&hostile),
            ["  fail     strays            2 of ␛[2J", "                             abort␊them"]
        );
    }
}
