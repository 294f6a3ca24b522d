//! INSERT INTO.

use lakehand::local::lakeformation::{Location, Registration};
use lakehand::local::principal::Principal;

use super::lab::Lab;

#[test]
fn rows_are_added_in_new_files() {
    let lab = Lab::new();
    for (format, more) in [("PARQUET", ""), ("JSON", ""), ("TEXTFILE", ", field_delimiter = ','")] {
        lab.ok("DROP TABLE IF EXISTS w");
        let place = format!("w/{format}/");
        lab.ok(&format!(
            "CREATE TABLE w WITH (format = '{format}'{more}, external_location = 's3://lake/{place}')
             AS SELECT 1 AS id, 'a' AS s, CAST(1.5 AS decimal(5,2)) AS d, DATE '2024-01-01' AS day"
        ));
        let before = lab.store.list("lake", &place, None, 9).unwrap();
        let done =
            lab.ok("INSERT INTO w VALUES (2, 'b,c', 2.5, DATE '2024-01-02'), (3, NULL, 3.0, NULL)");
        assert_eq!((done.class.statement.name(), done.class.sub, done.rows), ("DML", "INSERT", 2));
        let after = lab.store.list("lake", &place, None, 9).unwrap();
        assert_eq!((before.len(), after.len()), (1, 2));
        assert!(after.iter().any(|o| o.key == before[0].key && o.size == before[0].size));
        let manifest = lab.text(&done.manifest.unwrap());
        assert_eq!(manifest.lines().count(), 1);
        assert!(manifest.starts_with(&format!("s3://lake/{place}")), "{manifest}");
        // A delimiter without an escape is not kept by the format.
        let text = if format == "TEXTFILE" { "b" } else { "b,c" };
        assert_eq!(lab.row("SELECT s FROM w WHERE id = 2"), text);
        // Columns by name, in their own order; the rest is NULL.
        assert_eq!(lab.ok("INSERT INTO w (s, ID) SELECT s, id + 10 FROM w WHERE id <> 2").rows, 2);
        assert_eq!(
            lab.all("SELECT id, s, d, day FROM w WHERE id <> 2 ORDER BY id"),
            ["1|a|1.50|2024-01-01", "3|~|3.00|~", "11|a|~|~", "13|~|~|~"],
            "{format}"
        );
        assert_eq!(lab.ok("INSERT INTO w SELECT * FROM w WHERE id > 100").rows, 0);
        assert_eq!(lab.row("SELECT count(*) FROM w"), "5");
    }
}

#[test]
fn text_files_keep_the_tables_own_layout() {
    let lab = Lab::new();
    lab.ok("CREATE EXTERNAL TABLE t (a int, s string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' ESCAPED BY '\\\\' NULL DEFINED AS 'none'
            LOCATION 's3://lake/t/' TBLPROPERTIES ('skip.header.line.count'='1', 'write.compression'='NONE')");
    lab.ok("INSERT INTO t VALUES (1, 'x;y\\z'), (2, NULL)");
    let key = lab.store.list("lake", "t/", None, 9).unwrap()[0].key.clone();
    assert_eq!(lab.text(&format!("s3://lake/{key}")), "a;s\n1;x\\;y\\\\z\n2;none\n");
    assert_eq!(lab.all("SELECT a, s FROM t ORDER BY a"), ["1|x;y\\z", "2|~"]);
}

#[test]
fn partitions_are_found_or_made() {
    let lab = Lab::new();
    lab.ok("CREATE EXTERNAL TABLE e (v int) PARTITIONED BY (day date, kind string) STORED AS PARQUET LOCATION 's3://lake/e/'");
    lab.ok("ALTER TABLE e ADD PARTITION (day='2024-01-01', kind='old') LOCATION 's3://lake/elsewhere/'");
    let done = lab.ok("INSERT INTO e SELECT * FROM (VALUES (1, DATE '2024-01-01', 'old'), (2, DATE '2024-01-02', 'a/b'), (3, DATE '2024-01-02', NULL)) AS t (v, day, kind)");
    assert_eq!(done.rows, 3);
    let files = lab.text(&done.manifest.unwrap());
    assert!(files.contains("s3://lake/elsewhere/2"), "{files}");
    assert!(files.contains("s3://lake/e/day=2024-01-02/kind=a%2Fb/"), "{files}");
    assert_eq!(
        lab.lines("SHOW PARTITIONS e"),
        [
            "day=2024-01-01/kind=old",
            "day=2024-01-02/kind=__HIVE_DEFAULT_PARTITION__",
            "day=2024-01-02/kind=a%2Fb"
        ]
    );
    assert_eq!(
        lab.all("SELECT v, day, kind FROM e ORDER BY v"),
        ["1|2024-01-01|old", "2|2024-01-02|a/b", "3|2024-01-02|~"]
    );
    lab.ok("INSERT INTO e VALUES (4, DATE '2024-01-02', 'a/b')");
    assert_eq!(lab.row("SELECT sum(v) FROM e WHERE kind = 'a/b'"), "6");
    assert_eq!(lab.lines("SHOW PARTITIONS e").len(), 3);
    assert!(lab
        .fails("INSERT INTO e SELECT 1, DATE '2024-01-01', CAST(n AS varchar) FROM UNNEST(sequence(1, 101)) AS t(n)")
        .starts_with("HIVE_TOO_MANY_OPEN_PARTITIONS"));
}

#[test]
fn what_does_not_fit_is_refused() {
    let lab = Lab::new();
    lab.ok("CREATE EXTERNAL TABLE t (a int, s string) STORED AS PARQUET LOCATION 's3://lake/t/'");
    lab.ok("CREATE EXTERNAL TABLE c (a string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://lake/c/'");
    let cases = [
        (
            "INSERT INTO nope VALUES (1)",
            "TABLE_NOT_FOUND: line 1:13: Table 'awsdatacatalog.default.nope'",
        ),
        ("INSERT INTO nodb.t VALUES (1)", "SCHEMA_NOT_FOUND: line 1:13:"),
        (
            "INSERT INTO t VALUES (1)",
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [integer, varchar], Query: [integer]",
        ),
        ("INSERT INTO t VALUES ('x', 'y')", "TYPE_MISMATCH"),
        ("INSERT INTO t SELECT CAST(1 AS bigint), 'y'", "TYPE_MISMATCH"),
        (
            "INSERT INTO t (a, b) VALUES (1, 'y')",
            "COLUMN_NOT_FOUND: line 1:19: Insert column name does not exist in target table: b",
        ),
        (
            "INSERT INTO t (a, a) VALUES (1, 1)",
            "DUPLICATE_COLUMN_NAME: line 1:19: Insert column name is specified more than once: a",
        ),
        ("INSERT INTO t SELECT a FORM t", "line 1:"),
        (
            "INSERT INTO c VALUES ('x')",
            "NOT_SUPPORTED: INSERT INTO is not supported for OpenCSVSerde",
        ),
    ];
    for (sql, expected) in cases {
        let found = lab.fails(sql);
        assert!(found.starts_with(expected), "{sql}\n    wanted {expected}\n    found  {found}");
    }
    assert!(lab.store.list("lake", "t/", None, 9).unwrap().is_empty());
}

#[test]
fn users_insert_where_they_may_write() {
    let lab = Lab::new();
    lab.ok("CREATE EXTERNAL TABLE t (a int) STORED AS PARQUET LOCATION 's3://lake/t/'");
    lab.ok("CREATE EXTERNAL TABLE p (a int) PARTITIONED BY (k string) STORED AS PARQUET LOCATION 's3://lake/p/'");
    lab.ok("ALTER TABLE p ADD PARTITION (k='x')");
    let by_ann = |sql: &str| {
        let mut request = lab.request(sql);
        request.who = Principal::User("ann".into());
        lab.send(&request).map(|o| o.rows).map_err(|e| e.message)
    };
    assert_eq!(by_ann("INSERT INTO t VALUES (1)"), Ok(1));
    assert_eq!(by_ann("INSERT INTO p VALUES (1, 'x')"), Ok(1));
    let refused = by_ann("INSERT INTO p VALUES (1, 'x'), (2, 'new')").unwrap_err();
    assert!(refused.contains("Required Alter on p"), "a partition is the catalog's: {refused}");
    assert_eq!(lab.row("SELECT count(*) FROM p"), "1", "and nothing was written");
    lab.store
        .set_policy("lake", Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::lake/t/*"}]}"#))
        .unwrap();
    assert!(
        by_ann("INSERT INTO t VALUES (2)")
            .unwrap_err()
            .starts_with("PERMISSION_DENIED: Access denied when writing")
    );
    lab.store.set_policy("lake", None).unwrap();
    let arn = "arn:aws:s3:::lake/t".to_owned();
    let location = Location::parse(&arn).unwrap();
    let role = "arn:aws:iam::000000000000:role/LakeRole".to_owned();
    let registration = Registration { location, arn, role, hybrid: false, modified: 0 };
    assert!(lab.store.registrations().add(&registration).unwrap());
    assert!(by_ann("INSERT INTO t VALUES (3)").unwrap_err().contains("Required Insert on t"));
    lab.ok("INSERT INTO t VALUES (4)");
    assert_eq!(lab.all("SELECT a FROM t ORDER BY a"), ["1", "4"]);
    // A partition of a free table may lie in it.
    lab.ok("ALTER TABLE p ADD PARTITION (k='y') LOCATION 's3://lake/t/y/'");
    let refused = by_ann("INSERT INTO p VALUES (5, 'x'), (6, 'y')").unwrap_err();
    assert!(refused.contains("Required Insert on p"), "{refused}");
    assert_eq!(lab.row("SELECT count(*) FROM p"), "1");
}
