use super::*;
use crate::model::mode::Mode;
use crate::model::object::Role;
use crate::model::settings::{ManifestPlace, Place};

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn load(text: &str) -> Result<Config, ConfigError> {
    parse(Path::new("config.toml"), text)
}

/// The complaint about `text`, as it is printed.
fn complaint(text: &str) -> String {
    load(text).expect_err("this configuration is wrong").to_string()
}

#[test]
fn the_example_loads() {
    let config = load(EXAMPLE).expect("config.example.toml");
    let tre = &config.lakes["tre"];
    assert_eq!(config.default_lake.as_deref(), Some("tre"));
    assert_eq!(tre.mode, Mode::Curate);
    assert_eq!(tre.role(Role::Analyst).map(|b| b.prefix.as_str()), Some("results/"));
    assert_eq!(tre.manifests, Some(ManifestPlace::Beside));
    assert_eq!(tre.endpoint_urls["athena"], "https://athena.example");
    assert!(matches!(&config.lakes["laptop"].place, Place::Local(dir) if dir.is_absolute()));
    assert_eq!(config.keys["sql"]["run"], vec!["ctrl-j", "f5"].into());
}

#[test]
fn the_example_shows_the_defaults() {
    let config = load(EXAMPLE).expect("config.example.toml");
    let shown = &config.lakes["tre"];
    let default = Settings::aws("tre");
    assert_eq!(config.ui, Ui::default());
    assert_eq!(shown.mode, default.mode);
    assert_eq!(shown.database, default.database);
    assert_eq!(shown.price_per_tb_scanned, default.price_per_tb_scanned);
    assert_eq!(shown.downloads, default.downloads);
    assert_eq!(shown.previews, default.previews);
    assert_eq!(shown.sql_in_manifests, default.sql_in_manifests);
}

/// Every key that is accepted somewhere is in the example.
#[test]
fn the_example_is_complete() {
    let example: toml::Table = EXAMPLE.parse().expect("config.example.toml");
    let tables = |path: &[&str]| -> Vec<toml::Table> {
        let mut found = vec![example.clone()];
        for step in path {
            found = found
                .iter()
                .flat_map(|table| match *step {
                    "*" => table.values().cloned().collect::<Vec<_>>(),
                    name => table.get(name).cloned().into_iter().collect(),
                })
                .filter_map(|value| value.as_table().cloned())
                .collect();
        }
        found
    };
    let wanted: [(&[&str], &[&str]); 6] = [
        (&[], keys::TOP),
        (&["ui"], keys::UI),
        (&["lakes", "*"], keys::LAKE),
        (&["lakes", "*", "endpoint_urls"], keys::SERVICES),
        (&["lakes", "*", "buckets"], keys::ROLES),
        (&["lakes", "*", "buckets", "*"], keys::BUCKET),
    ];
    for (path, keys) in wanted {
        let tables = tables(path);
        for key in keys {
            let there = tables.iter().any(|table| table.contains_key(*key));
            assert!(there, "config.example.toml does not show {key} of {path:?}");
        }
    }
}

#[test]
fn the_roles_are_those_of_the_model() {
    assert_eq!(keys::ROLES, Role::ALL.map(Role::name));
}

#[test]
fn who_pays_for_reads_is_said_of_a_role_or_by_name() {
    let text = "[lakes.a]\nrequester_pays = [\"open\"]\n[lakes.a.buckets]\n\
                source = { name = \"in\", requester_pays = true }\n\
                analyst = { name = \"out\" }\n";
    let config = load(text).expect("a configuration");
    let paid: Vec<_> = config.lakes["a"].requester_pays.iter().collect();
    assert_eq!(paid, ["in", "open"]);
}

#[test]
fn a_misspelt_key_names_file_line_and_the_nearest() {
    assert_eq!(
        complaint("[lakes.tre]\nprofile = \"p\"\nregoin = \"eu-west-2\"\n"),
        "config.toml:3: unknown key \"regoin\" in [lakes.tre] (did you mean \"region\"?)"
    );
    assert_eq!(
        complaint("defualt_lake = \"x\""),
        "config.toml:1: unknown key \"defualt_lake\" (did you mean \"default_lake\"?)"
    );
    assert_eq!(
        complaint("[lakes.tre.buckets]\nanalyst = { nam = \"b\" }"),
        "config.toml:2: unknown key \"nam\" in [lakes.tre.buckets.analyst] (did you mean \"name\"?)"
    );
    assert_eq!(
        complaint("[ui]\nxyz = 1"),
        "config.toml:2: unknown key \"xyz\" in [ui] (known here: theme, mouse, frames_per_second, clipboard, bell)"
    );
}

#[test]
fn a_wrong_value_names_its_line() {
    for (text, wanted) in [
        (
            "[ui]\nmouse = \"yes\"",
            "config.toml:2: ui.mouse: it is a string, and must be true or false",
        ),
        (
            "[ui]\nframes_per_second = 0",
            "config.toml:2: ui.frames_per_second: 0 is not a whole number from 1 to 120",
        ),
        (
            "[ui]\nclipboard = \"x\"",
            "config.toml:2: ui.clipboard: \"x\" is not one of \"auto\", \"osc52\" and \"off\"",
        ),
        (
            "[ui]\ntheme = \"drak\"",
            "config.toml:2: ui.theme: there is no theme \"drak\" (did you mean \"dark\"?)",
        ),
        (
            "[keys.sql]\nrun = 5",
            "config.toml:2: keys.sql.run: it is an integer, and must be a string or a list of strings",
        ),
        (
            "[lakes.a]\nmode = \"write\"",
            "config.toml:2: lakes.a.mode: \"write\" is not a mode: use read-only, curate or admin",
        ),
        (
            "[lakes.a]\naccount_id = \"1234\"",
            "config.toml:2: lakes.a.account_id: \"1234\" is not twelve digits",
        ),
        (
            "[lakes.a]\naccount_id = 111122223333",
            "config.toml:2: lakes.a.account_id: it is an integer, and must be a string",
        ),
        (
            "[lakes.a]\nmanifests = \"here\"",
            "config.toml:2: lakes.a.manifests: \"here\" is neither \"beside\" nor a folder in S3 (such as s3://bucket/manifests/)",
        ),
        (
            "[lakes.a]\noutput_location = \"b/p\"",
            "config.toml:2: lakes.a.output_location: \"b/p\" is not an S3 URI: it must begin with s3://",
        ),
        (
            "[lakes.a]\nendpoint_url = \"host:1\"",
            "config.toml:2: lakes.a.endpoint_url: \"host:1\" is not a URL (it begins with http:// or https://)",
        ),
        (
            "[lakes.a]\nprice_per_tb_scanned = -1",
            "config.toml:2: lakes.a.price_per_tb_scanned: a price is not negative",
        ),
        (
            "[lakes.a.buckets]\nsource = { kms_key = \"k\" }",
            "config.toml:2: lakes.a.buckets.source: it names no bucket (set name)",
        ),
        (
            "[lakes.a]\nlocal = \"/x\"\nprofile = \"p\"",
            "config.toml:3: lakes.a.profile: a local lake has none (take it out, or take `local` out)",
        ),
        (
            "default_lake = \"tra\"\n[lakes.tre]",
            "config.toml:1: default_lake: there is no [lakes.tra] (did you mean \"tre\"?)",
        ),
        (
            "[lakes.a]\nprofile = \"\"",
            "config.toml:2: lakes.a.profile: it is empty (leave the key out)",
        ),
    ] {
        assert_eq!(complaint(text), wanted);
    }
}

#[test]
fn one_bucket_has_one_role() {
    let text = "[lakes.a.buckets]\nsource = { name = \"b\" }\nanalyst = { name = \"b\" }";
    assert_eq!(
        complaint(text),
        "config.toml:3: lakes.a.buckets.analyst.name: \"b\" is already the source bucket"
    );
}

#[test]
fn what_is_not_toml_names_its_line() {
    assert!(complaint("a = 1\nb = = 2").starts_with("config.toml:2: "));
    assert!(complaint("[ui]\nbell = true\nbell = false").starts_with("config.toml:3: "));
}

#[test]
fn prefixes_end_in_a_slash() {
    let text = "[lakes.a]\noutput_location = \"s3://b/x\"\n[lakes.a.buckets]\nanalyst = { name = \"c\", prefix = \"/results\" }\n";
    let lake = &load(text).expect("a configuration").lakes["a"];
    assert_eq!(lake.output_location.as_deref(), Some("s3://b/x/"));
    assert_eq!(lake.buckets[0].prefix, "results/");
}

#[test]
fn a_file_that_is_not_there_is_empty_unless_asked_for() {
    let file = Path::new("/nowhere/config.toml");
    assert_eq!(super::load(file, false), Ok(Config::default()));
    assert!(
        super::load(file, true)
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere/config.toml: cannot be read")
    );
}
