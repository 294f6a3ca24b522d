use std::collections::BTreeMap;

use super::*;
use crate::model::catalog::{Crawl, Job as GlueJob, RunState};
use crate::model::trouble::Kind;
use crate::ui::modal::Ask;
use crate::ui::stage::{self, with};
use crate::ui::talk::{Failure, Job as AnyJob, Level as Loud};

fn at(text: &str) -> Option<jiff::Timestamp> {
    Some(text.parse().unwrap())
}

fn job(name: &str) -> GlueJob {
    GlueJob {
        name: name.into(),
        command: Some("glueetl".into()),
        script: Some("s3://source/jobs/load.sql".into()),
        glue_version: Some("5.0".into()),
        arguments: BTreeMap::from([("--chrom".into(), "17".into())]),
    }
}

fn run(job: &str, id: &str, state: &str, error: Option<&str>) -> JobRun {
    let state = RunState::parse(state);
    let over = state.is_over();
    JobRun {
        id: id.into(),
        job: job.into(),
        state,
        started: at("2026-11-21T18:03:00Z"),
        completed: over.then(|| at("2026-11-21T18:04:12Z")).flatten(),
        seconds: over.then_some(72),
        error: error.map(str::to_owned),
        arguments: BTreeMap::from([("--chrom".into(), "17".into())]),
        attempt: 0,
    }
}

fn crawler(state: &str, started: Option<&str>) -> Crawler {
    let last = started.map(|started| Crawl {
        state: "SUCCEEDED".into(),
        started: at(started),
        tables_created: Some(1),
        tables_updated: Some(2),
        ..Crawl::default()
    });
    Crawler {
        name: "crawl-source".into(),
        state: state.into(),
        database: Some("genomics".into()),
        targets: vec!["s3://source/variants/".into()],
        last,
        elapsed_ms: (state != "READY").then_some(12_000),
    }
}

fn hear(pane: &mut Jobs, news: News) -> Vec<Effect> {
    with(|cx| pane.hear(news, cx))
}

fn obey(pane: &mut Jobs, command: Command) -> Vec<Effect> {
    with(|cx| pane.obey(command, cx))
}

const ERROR: &str = "SYNTAX_ERROR: line 3:8: Column 'qual' cannot be resolved\n\tat row 17";

fn pane() -> Jobs {
    let mut pane = Jobs::default();
    with(|cx| pane.enter(cx));
    let entry = |name: &str, last| Entry { job: job(name), last };
    let entries = vec![
        entry("load_variants", Some(run("load_variants", "jr_1", "FAILED", Some(ERROR)))),
        entry("nightly", Some(run("nightly", "jr_2", "RUNNING", None))),
        entry("fresh", None),
        entry("odd", Some(run("odd", "jr_3", "HIBERNATING", None))),
    ];
    hear(&mut pane, News::Jobs(Ok(entries)));
    hear(&mut pane, News::Crawlers(Ok(vec![crawler("READY", Some("2026-11-21T17:00:00Z"))])));
    pane
}

fn started(effects: &[Effect]) -> Vec<&Job> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start(_, AnyJob::Jobs(job)) => Some(job),
            _ => None,
        })
        .collect()
}

fn screen(pane: &Jobs, width: u16, height: u16) -> String {
    stage::screen(pane, (width, height), "2026-11-21T18:05:00Z")
}

#[test]
fn only_what_runs_is_looked_at_often() {
    let mut pane = pane();
    let effects = hear(&mut pane, News::Looked);
    let [Job::Look { after, at }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(after.as_secs(), 1);
    assert!(!at.jobs && !at.crawlers);
    let pairs: Vec<_> = at.runs.iter().map(|(job, run)| (job.as_str(), run.as_str())).collect();
    assert_eq!(pairs, [("nightly", "jr_2"), ("odd", "jr_3")]);
    for (job, id) in [("nightly", "jr_2"), ("odd", "jr_3")] {
        let result = Ok(run(job, id, "SUCCEEDED", None));
        hear(&mut pane, News::Run { job: job.into(), run: id.into(), result });
    }
    let effects = hear(&mut pane, News::Looked);
    let [Job::Look { after, at }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert!(after.as_secs() >= 10 && at.jobs && at.crawlers);
}

#[test]
fn nothing_is_looked_at_unseen_but_what_is_followed() {
    let mut pane = pane();
    assert_eq!(with(|cx| pane.leave(cx)), [Effect::stop(Slot::Look)]);
    hear(&mut pane, News::Started { job: "nightly".into(), run: "jr_9".into() });
    let effects = hear(&mut pane, News::Looked);
    let [Job::Look { at, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    let wanted = Look { runs: vec![("nightly".into(), "jr_9".into())], ..Look::default() };
    assert_eq!(*at, wanted);
}

#[test]
fn the_end_of_a_followed_run_is_told_with_its_error() {
    let mut pane = pane();
    hear(&mut pane, News::Started { job: "nightly".into(), run: "jr_9".into() });
    let news = || News::Run {
        job: "nightly".into(),
        run: "jr_9".into(),
        result: Ok(run("nightly", "jr_9", "FAILED", Some(ERROR))),
    };
    let effects = hear(&mut pane, news());
    let [Effect::Tell(notice)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(notice.level, Loud::Error);
    assert!(notice.text.as_str().starts_with("Job nightly: FAILED"));
    assert!(notice.hint.as_ref().unwrap().as_str().contains("Column 'qual'"));
    assert!(hear(&mut pane, news()).is_empty());
}

#[test]
fn the_end_of_a_crawl_is_told_even_if_it_was_too_quick_to_be_seen() {
    let mut pane = pane();
    hear(&mut pane, News::CrawlStarted { name: "crawl-source".into() });
    let same = crawler("READY", Some("2026-11-21T17:00:00Z"));
    assert!(hear(&mut pane, News::Crawlers(Ok(vec![same]))).is_empty());
    let done = crawler("READY", Some("2026-11-21T18:10:00Z"));
    let effects = hear(&mut pane, News::Crawlers(Ok(vec![done])));
    let Some(Effect::Tell(notice)) = effects.first() else { panic!("{effects:?}") };
    assert!(notice.text.as_str().ends_with("SUCCEEDED, 1 table created, 2 tables updated"));
}

#[test]
fn starting_goes_through_the_form_and_a_question() {
    let mut pane = pane();
    assert!(obey(&mut pane, Command::Start).is_empty());
    assert!(pane.typing());
    for key in ["backspace", "8"] {
        with(|cx| pane.type_in(Input::Key(key.parse().unwrap()), cx));
    }
    let effects = with(|cx| pane.obey_form(FormCommand::Submit, cx));
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(confirm.body[0].as_str(), "--chrom=18");
    let [Job::StartJob { job, arguments }] = started(&confirm.then)[..] else { panic!() };
    assert_eq!((job.as_str(), arguments["--chrom"].as_str()), ("load_variants", "18"));
}

#[test]
fn only_what_runs_is_stopped() {
    let mut pane = pane();
    assert!(!matches!(&obey(&mut pane, Command::Stop)[..], [Effect::Ask(_)]));
    with(|cx| pane.step(Move::Down, cx));
    let effects = obey(&mut pane, Command::Stop);
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(started(&confirm.then)[..], [Job::StopRun { .. }]));
}

#[test]
fn the_runs_of_a_job_are_asked_for_and_renewed() {
    let mut pane = pane();
    let effects = obey(&mut pane, Command::Open);
    let [Job::Look { at, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(at.runs_of.as_deref(), Some("load_variants"));
    let runs = vec![run("load_variants", "jr_1", "FAILED", Some(ERROR))];
    hear(&mut pane, News::Runs { job: "load_variants".into(), result: Ok(runs) });
    let fresh = run("load_variants", "jr_5", "STARTING", None);
    let news = News::Run { job: "load_variants".into(), run: "jr_5".into(), result: Ok(fresh) };
    hear(&mut pane, news);
    assert_eq!(pane.current_run().unwrap().id, "jr_5");
    with(|cx| pane.step(Move::Down, cx));
    let whole = obey(&mut pane, Command::Open);
    let [Effect::Ask(Ask::Reader(reader))] = &whole[..] else { panic!("{whole:?}") };
    assert!(reader.lines.iter().any(|(_, line)| line.as_str().contains("at row 17")));
    assert_eq!(with(|cx| pane.escape(cx)), Some(Vec::new()));
    assert_eq!(with(|cx| pane.escape(cx)), None);
}

#[test]
fn screens() {
    let mut pane = pane();
    insta::assert_snapshot!("list_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("list_20x5", screen(&pane, 20, 5));
    pane.details = true;
    insta::assert_snapshot!("details_200x30", screen(&pane, 200, 30));
    insta::assert_snapshot!("details_80x20", screen(&pane, 80, 20));
    obey(&mut pane, Command::Start);
    insta::assert_snapshot!("form_80x20", screen(&pane, 80, 20));
    with(|cx| pane.escape(cx));
    pane.details = false;
    obey(&mut pane, Command::Open);
    let runs = vec![
        run("load_variants", "jr_5", "RUNNING", None),
        run("load_variants", "jr_1", "FAILED", Some(ERROR)),
    ];
    hear(&mut pane, News::Runs { job: "load_variants".into(), result: Ok(runs) });
    insta::assert_snapshot!("runs_80x20", screen(&pane, 80, 20));
    let mut broken = Jobs::default();
    let failure = Failure {
        kind: Kind::Denied,
        what: "list the jobs".into(),
        why: "you may not".into(),
        hint: Some("ask for glue:GetJobs".into()),
        code: None,
    };
    hear(&mut broken, News::Jobs(Err(failure)));
    insta::assert_snapshot!("broken_80x10", screen(&broken, 80, 10));
}

#[test]
fn no_size_breaks_it() {
    let mut pane = pane();
    pane.details = true;
    for width in [1, 4, 20, 119, 120, 240] {
        for height in [1, 2, 5, 50] {
            screen(&pane, width, height);
        }
    }
}
