//! Views: kept as Athena keeps them, read with the caller's rights.

use base64::Engine as _;
use lakehand::local::glue::types::TableInput;
use lakehand::local::principal::Principal;

use super::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::new();
    lab.put("t/a.txt", "1,x\n2,y\n3,\\N\n");
    lab.ok("CREATE EXTERNAL TABLE t (id int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/t/'");
    lab
}

#[test]
fn views_are_kept_and_read() {
    let lab = lab();
    let made =
        lab.ok("CREATE VIEW Big AS\n  SELECT id, upper(name) AS \"Name\"\n  FROM t WHERE id > 1;");
    assert_eq!((made.class.statement.name(), made.class.sub), ("DDL", "CREATE_VIEW"));
    assert_eq!(lab.all("SELECT * FROM big ORDER BY id"), ["2|Y", "3|~"]);
    assert_eq!(
        lab.all("SELECT b.name FROM default.big b JOIN t ON t.id = b.id WHERE t.id = 2"),
        ["Y"]
    );
    // A view of a view, and the names that a view's own WITH brings.
    lab.ok("CREATE VIEW top AS WITH t AS (SELECT max(id) AS m FROM big) SELECT m FROM t");
    assert_eq!(lab.row("SELECT m FROM top"), "3");

    let table = lab.catalog.table("default", "big").unwrap();
    assert_eq!(table.table_type.as_deref(), Some("VIRTUAL_VIEW"));
    assert_eq!(table.parameters["presto_view"], "true");
    assert_eq!(table.view_expanded_text.as_deref(), Some("/* Presto View */"));
    let columns: Vec<_> =
        table.columns().iter().map(|c| (c.name.as_str(), c.kind.as_str())).collect();
    assert_eq!(columns, [("id", "int"), ("name", "string")]);
    let text = table.view_original_text.clone().unwrap();
    let inside = text.strip_prefix("/* Presto View: ").unwrap().strip_suffix(" */").unwrap();
    let json = base64::engine::general_purpose::STANDARD.decode(inside).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["originalSql"], "SELECT id, upper(name) AS \"Name\"\n  FROM t WHERE id > 1");
    assert_eq!((&json["catalog"], &json["schema"]), (&"awsdatacatalog".into(), &"default".into()));
    assert_eq!(json["columns"][1], serde_json::json!({ "name": "name", "type": "varchar" }));
}

#[test]
fn views_are_shown_described_and_dropped() {
    let lab = lab();
    lab.ok("CREATE DATABASE other");
    lab.ok("CREATE VIEW v AS SELECT id FROM t");
    lab.ok("CREATE OR REPLACE VIEW v AS SELECT name AS n, CAST(id AS decimal(5,1)) AS d\nFROM t");
    assert_eq!(lab.lines("SHOW VIEWS"), ["v"]);
    assert_eq!(lab.lines("SHOW VIEWS IN default LIKE 'x*|v*'"), ["v"]);
    assert!(lab.lines("SHOW VIEWS IN other").is_empty());
    assert_eq!(lab.lines("SHOW TABLES"), ["t", "v"]);
    assert!(lab.lines("DESCRIBE v")[1].starts_with("d                   \tdecimal(5,1)"));
    assert_eq!(lab.lines("DESCRIBE VIEW v").len(), 2);
    let shown = lab.lines("SHOW CREATE VIEW v");
    assert_eq!(shown[0], "CREATE VIEW \"default\".\"v\" AS");
    // What it says can be run again.
    lab.ok("DROP VIEW v");
    lab.ok(&shown.join("\n"));
    assert_eq!(lab.row("SELECT d FROM v WHERE n = 'x'"), "1.0");
    assert_eq!(
        lab.all("SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'default' ORDER BY 1"),
        ["t|BASE TABLE", "v|VIEW"]
    );
    assert_eq!(
        lab.row(
            "SELECT table_name, view_definition LIKE 'SELECT name%' FROM information_schema.views"
        ),
        "v|true"
    );
    lab.ok("DROP VIEW IF EXISTS nope");
    let cases = [
        ("DROP VIEW nope", "FAILED: SemanticException [Error 10001]: Table not found default.nope"),
        ("DROP VIEW t", "FAILED: SemanticException Cannot drop a base table with DROP VIEW"),
        ("DROP TABLE v", "FAILED: SemanticException Cannot drop a view with DROP TABLE"),
        (
            "SHOW CREATE TABLE v",
            "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.default.v' is a view, not a table",
        ),
        (
            "SHOW CREATE VIEW t",
            "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.default.t' is a table, not a view",
        ),
        (
            "CREATE VIEW v AS SELECT 1 x",
            "ALREADY_EXISTS: line 1:1: View already exists: 'awsdatacatalog.default.v'",
        ),
        (
            "CREATE OR REPLACE VIEW t AS SELECT 1 x",
            "TABLE_ALREADY_EXISTS: line 1:1: Table already exists",
        ),
        ("CREATE VIEW w AS SELECT 1", "MISSING_COLUMN_NAME"),
        ("CREATE VIEW w AS SELECT nope FROM t", "COLUMN_NOT_FOUND: line 1:25: Column 'nope'"),
        ("CREATE VIEW nodb.w AS SELECT 1 x", "SCHEMA_NOT_FOUND"),
        (
            "CREATE OR REPLACE VIEW v AS SELECT * FROM v",
            "VIEW_IS_RECURSIVE: line 1:1: Statement would create a recursive view",
        ),
        (
            "INSERT INTO v VALUES ('a', 1)",
            "NOT_SUPPORTED: line 1:1: Inserting into views is not supported",
        ),
    ];
    for (sql, expected) in cases {
        let found = lab.fails(sql);
        assert!(found.starts_with(expected), "{sql}\n    wanted {expected}\n    found  {found}");
    }
}

#[test]
fn views_notice_what_became_of_their_tables() {
    let lab = lab();
    lab.ok("CREATE VIEW a AS SELECT * FROM t");
    lab.ok("CREATE VIEW b AS SELECT * FROM a");
    lab.ok("DROP TABLE t");
    let gone = lab.fails("SELECT * FROM a");
    assert!(gone.starts_with("INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.default.a': TABLE_NOT_FOUND"), "{gone}");
    // A wider column goes through under the type it had; another kind of type does not.
    lab.put("u/a.txt", "7,x\n");
    let table = |id: &str| {
        format!(
            "CREATE EXTERNAL TABLE t (id {id}, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/u/'"
        )
    };
    lab.ok(&table("smallint"));
    let back = lab.ok("SELECT id FROM b");
    assert_eq!(back.columns[0].r#type, "integer");
    lab.ok("DROP TABLE t");
    lab.ok(&table("string"));
    let stale = lab.fails("SELECT id FROM a");
    assert!(stale.starts_with("VIEW_IS_STALE: line 1:16: View 'awsdatacatalog.default.a' is stale or in invalid state: column [id] of type varchar"), "{stale}");
    lab.ok("DROP TABLE t");
    lab.ok("CREATE EXTERNAL TABLE t (id int) LOCATION 's3://lake/u/'");
    assert!(lab.fails("SELECT * FROM a").contains("stored view column count (2) does not match"));
    // A circle that was closed behind the planner's back ends.
    lab.ok("CREATE OR REPLACE VIEW a AS SELECT 1 AS id");
    lab.ok("CREATE OR REPLACE VIEW b AS SELECT id FROM a");
    lab.ok("CREATE OR REPLACE VIEW a AS SELECT id FROM b");
    assert!(lab.fails("SELECT * FROM a").contains("VIEW_IS_RECURSIVE"));
    // Hive's own views are text.
    let input = TableInput {
        name: "hive".into(),
        table_type: Some("VIRTUAL_VIEW".into()),
        view_original_text: Some("select 1".into()),
        ..TableInput::default()
    };
    lab.catalog.create_table("default", input).unwrap();
    assert!(
        lab.fails("SELECT * FROM hive").starts_with("NOT_SUPPORTED: default.hive is a Hive view")
    );
}

#[test]
fn views_have_their_callers_rights() {
    let lab = lab();
    lab.ok("CREATE VIEW v AS SELECT id FROM t");
    lab.store
        .set_policy("lake", Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/t/*"}]}"#))
        .unwrap();
    let by = |who: &str, sql: &str| {
        let mut request = lab.request(sql);
        request.who = Principal::User(who.into());
        lab.send(&request).map(|o| o.rows).map_err(|e| e.message)
    };
    assert_eq!(by("ann", "SELECT * FROM v"), Ok(3));
    assert!(by("bob", "SELECT * FROM v").unwrap_err().starts_with("PERMISSION_DENIED"));
    for sql in
        ["CREATE VIEW w AS SELECT 1 x", "CREATE OR REPLACE VIEW v AS SELECT 1 x", "DROP VIEW v"]
    {
        assert!(
            by("ann", sql).unwrap_err().contains("Insufficient Lake Formation permission"),
            "{sql}"
        );
    }
}
