use super::super::tests::{Bench, started};
use super::super::{Command, Job as AnyJob, News as AnyNews};
use super::talk::{Group, Job, News, Page};
use super::*;
use crate::model::query::{Entry, Workgroup};
use crate::ui::pane::Input;
use crate::ui::talk::Effect;

fn entry(name: &str, enabled: bool) -> Entry {
    Entry { name: name.into(), about: Some(format!("about {name}")), enabled }
}

fn page(which: Which, entries: Vec<Entry>) -> AnyNews {
    AnyNews::Venue(News::Page { which, page: Ok(Page { entries, first: true, last: true }) })
}

fn group(name: &str, enabled: bool, limit: Option<u64>) -> AnyNews {
    let workgroup = Workgroup {
        name: name.into(),
        enabled,
        scan_limit: limit,
        engine: Some("Athena engine version 3".into()),
        ..Workgroup::default()
    };
    let group = Group {
        workgroup,
        output: "s3://analyst/results/athena/".into(),
        encryption: Some("SSE_KMS alias/K".into()),
        enforced: true,
    };
    AnyNews::Venue(News::Group { name: name.into(), result: Ok(group) })
}

/// The dialog with its lists.
fn opened() -> Bench {
    let mut bench = Bench::new("select * from variants");
    bench.obey(Command::Database);
    let databases = vec![entry("clinical", true), entry("genomics", true)];
    bench.hear(page(Which::Databases(CATALOG.into()), databases));
    let groups = vec![entry("closed", false), entry("curated", true), entry("primary", true)];
    bench.hear(page(Which::Workgroups, groups));
    bench.hear(group("primary", true, None));
    bench
}

fn type_in(bench: &mut Bench, text: &str) -> Vec<Effect> {
    bench.paste(Input::Paste(text.into()))
}

fn listed(effects: &[Effect]) -> Vec<Job> {
    let venue = |job: &&AnyJob| match job {
        AnyJob::Venue(job) => Some(job.clone()),
        _ => None,
    };
    started(effects).iter().filter_map(venue).collect()
}

#[test]
fn it_opens_on_what_holds_and_takes_a_database() {
    let mut bench = opened();
    let screen = bench.screen(80, 24);
    assert!(screen.contains("Where it runs") && screen.contains("the lake's own"), "{screen}");
    bench.pane.obey_venue(VenueCommand::Up);
    let effects = bench.pane.obey_venue(VenueCommand::Choose);
    bench.follow(effects);
    assert!(bench.pane.venue.is_none());
    assert_eq!(bench.pane.current(), "clinical");
}

#[test]
fn a_workgroup_is_the_tabs_own_and_is_kept() {
    let mut bench = opened();
    bench.pane.obey_venue(VenueCommand::Next);
    let asked = type_in(&mut bench, "cur");
    assert_eq!(listed(&asked), [Job::Group("curated".into())], "what holds in it");
    bench.hear(group("curated", true, Some(20_000_000)));
    let screen = bench.screen(80, 24);
    assert!(screen.contains("encrypted SSE_KMS alias/K · as the workgroup enforces"), "{screen}");
    assert!(screen.contains("stopped past 19.1 MiB"), "{screen}");
    let effects = bench.pane.obey_venue(VenueCommand::Choose);
    let kept = started(&effects).iter().any(|job| {
        matches!(job, AnyJob::KeepDrafts { drafts, .. }
            if drafts.tabs[0].terms.workgroup.as_deref() == Some("curated"))
    });
    assert!(kept, "{effects:?}");
    assert!(bench.screen(80, 24).contains("workgroup curated"), "{}", bench.screen(80, 24));
    let run = bench.obey(Command::Run);
    let [AnyJob::Run { terms, .. }] = started(&run)[..] else { panic!("{run:?}") };
    assert_eq!(terms.workgroup.as_deref(), Some("curated"));
}

#[test]
fn screens() {
    let mut bench = opened();
    bench.pane.obey_venue(VenueCommand::Next);
    bench.hear(group("primary", true, Some(20_000_000)));
    insta::assert_snapshot!("where_80x24", bench.screen(80, 24));
    insta::assert_snapshot!("where_40x12", bench.screen(40, 12));
}

#[test]
fn nothing_is_started_in_a_disabled_workgroup() {
    let mut bench = opened();
    bench.pane.obey_venue(VenueCommand::Next);
    type_in(&mut bench, "closed");
    bench.hear(group("closed", false, None));
    assert!(bench.screen(80, 24).contains("Workgroup closed is disabled"));
    bench.pane.obey_venue(VenueCommand::Choose);
    assert!(bench.screen(80, 24).contains("! disabled"));
    let effects = bench.obey(Command::Run);
    assert!(started(&effects).is_empty());
    assert!(matches!(&effects[..], [Effect::Tell(notice)]
        if notice.text.as_str().starts_with("Workgroup closed is disabled")));
}

#[test]
fn another_catalog_asks_for_its_database() {
    let mut bench = opened();
    bench.pane.obey_venue(VenueCommand::Previous);
    bench.pane.obey_venue(VenueCommand::Previous);
    bench.hear(page(Which::Catalogs, vec![entry(CATALOG, true), entry("ddb", true)]));
    type_in(&mut bench, "ddb");
    let effects = bench.pane.obey_venue(VenueCommand::Choose);
    assert!(listed(&effects).contains(&Job::List(Which::Databases("ddb".into()))));
    // A name that no list has is taken as it is typed.
    type_in(&mut bench, "orders");
    let effects = bench.pane.obey_venue(VenueCommand::Choose);
    bench.follow(effects);
    assert_eq!((bench.pane.current(), bench.pane.data_catalog()), ("orders", "ddb"));
    assert!(bench.screen(80, 24).contains("catalog ddb"));
}

#[test]
fn reuse_takes_minutes_up_to_seven_days() {
    let mut bench = opened();
    bench.pane.obey_venue(VenueCommand::Previous);
    assert!(bench.screen(80, 24).contains("every statement runs"));
    type_in(&mut bench, "10081");
    assert!(bench.screen(80, 24).contains("10,080 (seven days) at most"));
    bench.edit(crate::ui::widgets::field::Command::DeleteToStart);
    type_in(&mut bench, "90");
    bench.pane.obey_venue(VenueCommand::Choose);
    assert_eq!(bench.pane.terms().reuse, Some(90));
    assert!(bench.screen(80, 24).contains("reuse 90 minutes"));
    bench.obey(Command::NewTab);
    assert_eq!(bench.pane.terms().reuse, Some(90), "a new tab is on the same terms");
}

#[test]
fn ages_are_said_as_people_say_them() {
    assert_eq!(
        [60, 1_440, OLDEST_REUSED, 90].map(age),
        ["1 hour", "1 day", "7 days", "90 minutes"]
    );
}

#[test]
fn no_size_breaks_it() {
    let mut bench = opened();
    for about in About::ALL {
        bench.pane.turn_venue(about);
        for width in [1, 2, 5, 20, 60, 200] {
            for height in [1, 2, 3, 5, 9, 50] {
                bench.screen(width, height);
            }
        }
    }
}
