//! Tables: formats, partitions, DDL, CTAS, UNLOAD, errors, access, stopping.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::write::GzEncoder;
use lakehand::local::lakeformation::{Location, Registration};
use lakehand::local::principal::Principal;
use lakehand::local::sql::Encryption;

use super::lab::Lab;

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn delimited_text_with_nulls_escapes_nesting_and_gzip() {
    let lab = Lab::new();
    lab.put("t/a.txt", "id,name,at,tags,attr\n1,a\\,b,2024-01-02 03:04:05,x|y,k:1|l:2\nbad,\\N,,z,\n3,,2024-01-01 00:00:00.5\n");
    lab.put("t/b.txt.gz", gz("head\n9,zip,\\N,,\n"));
    lab.put("t/_hidden", "7,no,,,\n");
    lab.put("t/.part.crc", "8,no,,,\n");
    lab.ok("CREATE EXTERNAL TABLE t (id int, name string, at timestamp, tags array<string>, attr map<string,int>)
            ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\'
            COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':'
            LOCATION 's3://lake/t/' TBLPROPERTIES ('skip.header.line.count'='1')");
    assert_eq!(
        lab.all("SELECT * FROM t ORDER BY id"),
        [
            "1|a,b|2024-01-02 03:04:05.000|[x, y]|{k=1, l=2}",
            "3||2024-01-01 00:00:00.500|~|~",
            "9|zip|~|[]|{}",
            // Malformed values are NULL.
            "~|~|~|[z]|{}",
        ]
    );
    assert_eq!(lab.row("SELECT count(*) FROM t"), "4");
    assert_eq!(lab.row("SELECT \"$path\" FROM t WHERE id = 9"), "s3://lake/t/b.txt.gz");
    assert_eq!(lab.ok("SELECT *, \"$path\" p FROM t").columns.len(), 6);
}

#[test]
fn open_csv_quotes_and_refuses_bad_numbers() {
    let lab = Lab::new();
    lab.put("c/a.csv", "1,\"Doe, Ann\",\"say \"\"hi\"\"\"\n2,,x\n");
    let ddl = |name: &str, id: &str| {
        format!(
            "CREATE EXTERNAL TABLE {name} (id {id}, name string, note string)
                 ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
                 WITH SERDEPROPERTIES ('separatorChar'=',', 'quoteChar'='\"', 'escapeChar'='\\\\')
                 LOCATION 's3://lake/c/'"
        )
    };
    lab.ok(&ddl("c", "bigint"));
    assert_eq!(lab.all("SELECT * FROM c ORDER BY id"), ["1|Doe, Ann|say \"hi\"", "2||x"]);
    lab.put("c/b.csv", "x,y,z\n");
    assert!(
        lab.fails("SELECT sum(id) FROM c").starts_with("HIVE_BAD_DATA: Error parsing field value")
    );
    assert_eq!(lab.row("SELECT count(*) FROM c"), "3");
}

#[test]
fn json_lines_with_nesting_in_any_case() {
    let lab = Lab::new();
    lab.put("j/a.json", "{\"ID\":1,\"info\":{\"Af\":0.5,\"gene\":\"BRCA1\"},\"xs\":[1,2],\"m\":{\"a\":1},\"raw\":{\"k\":[1]}}\n\n{\"id\":2}\n");
    lab.put("j/b.json.gz", gz("{\"id\":3,\"xs\":[null]}\n"));
    for serde in ["org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe"] {
        lab.ok("DROP TABLE IF EXISTS j");
        lab.ok(&format!("CREATE EXTERNAL TABLE j (id bigint, info struct<af:double,gene:string>, xs array<int>, m map<string,int>, raw string)
                ROW FORMAT SERDE '{serde}' LOCATION 's3://lake/j'"));
        assert_eq!(
            lab.all("SELECT id, info.gene, info.af, xs, m, raw FROM j ORDER BY id"),
            ["1|BRCA1|0.5|[1, 2]|{a=1}|{\"k\":[1]}", "2|~|~|~|~|~", "3|~|~|[null]|~|~"]
        );
    }
    assert_eq!(
        lab.all(
            "SELECT j.id, x FROM j CROSS JOIN UNNEST(xs) AS u(x) WHERE x IS NOT NULL ORDER BY x"
        ),
        ["1|1", "1|2"]
    );
    lab.put("j/c.json", "not json\n");
    assert!(
        lab.fails("SELECT id FROM j")
            .starts_with("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    );
}

#[test]
fn partitions_are_found_and_pruned() {
    let lab = Lab::new();
    for day in ["2024-01-01", "2024-01-02", "2024-01-03"] {
        lab.put(&format!("e/day={day}/hour=7/x.json"), format!("{{\"v\":{}}}\n", &day[9..]));
    }
    lab.ok("CREATE EXTERNAL TABLE e (v int) PARTITIONED BY (day string, hour int)
            ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/e/'");
    assert_eq!(lab.row("SELECT count(*) FROM e"), "0");
    let repaired = lab.lines("MSCK REPAIR TABLE e");
    assert!(
        repaired[0].starts_with("Partitions not in metastore:\te:day=2024-01-01/hour=7\t"),
        "{repaired:?}"
    );
    assert_eq!(repaired[1], "Repair: Added partition to metastore e:day=2024-01-01/hour=7");
    assert_eq!(lab.lines("SHOW PARTITIONS e").len(), 3);
    let all = lab.ok("SELECT sum(v) FROM e").scanned_bytes;
    assert_eq!(all, 24);
    for filter in [
        "day = '2024-01-02'",
        "day IN ('2024-01-02')",
        "CAST(day AS date) = DATE '2024-01-02'",
        "day > '2024-01-01' AND day < '2024-01-03' AND v > 0",
        "year(date_parse(day, '%Y-%m-%d')) = 2024 AND day LIKE '%02'",
    ] {
        let sql = format!("SELECT v, day, hour FROM e WHERE {filter}");
        assert_eq!(lab.row(&sql), "2|2024-01-02|7");
        assert_eq!(lab.ok(&sql).scanned_bytes, 8, "{filter}");
    }
    assert_eq!(lab.ok("SELECT day FROM e WHERE hour = 8").scanned_bytes, 0);
    lab.put("elsewhere/y.json", "{\"v\":9}\n");
    lab.ok("ALTER TABLE e ADD IF NOT EXISTS PARTITION (day='2024-02-01', hour=1) LOCATION 's3://lake/elsewhere/'");
    assert_eq!(lab.row("SELECT v FROM e WHERE day = '2024-02-01'"), "9");
    lab.ok("ALTER TABLE e DROP PARTITION (day='2024-02-01', hour=1)");
    assert_eq!(lab.row("SELECT count(*) FROM e"), "3");
}

#[test]
fn ctas_makes_tables_that_read_back() {
    let lab = Lab::new();
    for (format, more) in [
        ("PARQUET", ""),
        ("PARQUET", ", write_compression = 'SNAPPY'"),
        ("TEXTFILE", ", field_delimiter = ','"),
        ("JSON", ""),
    ] {
        lab.ok("DROP TABLE IF EXISTS w");
        let place = format!("ctas/{}/", uuid::Uuid::new_v4());
        let made = lab.ok(&format!(
            "CREATE TABLE w WITH (format = '{format}'{more}, external_location = 's3://lake/{place}', partitioned_by = ARRAY['p'])
             AS SELECT n, CAST(n AS double) / 2 AS half, if(n = 2, NULL, 'x') AS s, TIMESTAMP '2024-01-01 00:00:01' AS at,
                CAST(1.50 AS decimal(5,2)) AS d, DATE '2024-01-01' AS day, true AS yes, if(n > 2, 'b/c', 'a') AS p
             FROM UNNEST(sequence(1, 3)) AS t(n)"));
        assert_eq!(made.rows, 3);
        assert_eq!(lab.text(&made.manifest.unwrap()).lines().count(), 2);
        assert_eq!(
            lab.all("SELECT * FROM w ORDER BY n"),
            [
                "1|0.5|x|2024-01-01 00:00:01.000|1.50|2024-01-01|true|a",
                "2|1.0|~|2024-01-01 00:00:01.000|1.50|2024-01-01|true|a",
                "3|1.5|x|2024-01-01 00:00:01.000|1.50|2024-01-01|true|b/c",
            ],
            "{format}{more}"
        );
        assert_eq!(lab.lines("SHOW PARTITIONS w"), ["p=a", "p=b%2Fc"]);
        let wrong = lab.fails(&format!(
            "CREATE TABLE v WITH (external_location = 's3://lake/{place}') AS SELECT 1 x"
        ));
        assert!(wrong.starts_with("HIVE_PATH_ALREADY_EXISTS"), "{wrong}");
    }
    assert!(lab.fails("CREATE TABLE w AS SELECT 1 x").starts_with("TABLE_ALREADY_EXISTS"));
    assert!(lab.fails("CREATE TABLE x AS SELECT 1").starts_with("MISSING_COLUMN_NAME"));
    assert!(lab
        .fails("CREATE TABLE x WITH (partitioned_by = ARRAY['n']) AS SELECT n, n + 1 AS m FROM UNNEST(sequence(1, 3)) AS t(n)")
        .starts_with("HIVE_COLUMN_ORDER_MISMATCH"));
    assert!(lab
        .fails("CREATE TABLE x WITH (partitioned_by = ARRAY['n']) AS SELECT n + 1 AS m, n FROM UNNEST(sequence(1, 101)) AS t(n)")
        .starts_with("HIVE_TOO_MANY_OPEN_PARTITIONS"));
    lab.ok("CREATE TABLE here AS SELECT 1 x");
    assert_eq!(lab.row("SELECT x FROM here"), "1");
}

#[test]
fn unload_writes_files_and_a_manifest() {
    let lab = Lab::new();
    let done = lab.ok("UNLOAD (SELECT n AS id, 'v' AS v FROM UNNEST(sequence(1, 5)) AS t(n)) TO 's3://lake/u/' WITH (format = 'PARQUET', compression = 'SNAPPY')");
    let files = lab.text(&done.manifest.unwrap());
    assert!(files.starts_with("s3://lake/u/"), "{files}");
    lab.ok("CREATE EXTERNAL TABLE u (ID bigint, v string, missing int) STORED AS PARQUET LOCATION 's3://lake/u/'");
    assert_eq!(lab.row("SELECT sum(id), max(v), max(missing) FROM u"), "15|v|~");
    assert!(
        lab.fails("UNLOAD (SELECT 1 x) TO 's3://lake/u/' WITH (format = 'JSON')")
            .starts_with("HIVE_PATH_ALREADY_EXISTS")
    );
    // The footer says how many rows there are: counting reads less than the file.
    let size = lab.store.list("lake", "u/", None, 9).unwrap()[0].size;
    let ruled_out = lab.ok("SELECT sum(id) FROM u WHERE id > 100").scanned_bytes;
    let read = lab.ok("SELECT sum(id) FROM u WHERE id > 1").scanned_bytes;
    assert!(ruled_out < read && read < size + 64, "{ruled_out} {read} {size}");
}

#[test]
fn ddl_says_what_hive_says() {
    let lab = Lab::new();
    lab.ok("CREATE DATABASE IF NOT EXISTS `my-db` COMMENT 'x' LOCATION 's3://lake/db/'");
    assert!(lab.fails("CREATE DATABASE `my-db`").contains("Database my-db already exists"));
    lab.ok("CREATE EXTERNAL TABLE `my-db`.`a` (`id` int COMMENT 'the id', b string) PARTITIONED BY (day date)
            STORED AS PARQUET LOCATION 's3://lake/a/'");
    assert_eq!(lab.lines("SHOW DATABASES"), ["default", "my-db"]);
    assert_eq!(lab.lines("SHOW DATABASES LIKE 'my*'"), ["my-db"]);
    assert_eq!(lab.lines("SHOW TABLES IN `my-db`"), ["a"]);
    assert!(lab.lines("SHOW TABLES IN `my-db` 'b*'").is_empty());
    let described = lab.lines("DESCRIBE `my-db`.a");
    assert_eq!(described[0], "id                  \tint                 \tthe id              ");
    assert!(described.iter().any(|l| l.starts_with("# Partition Information")));
    // What SHOW CREATE TABLE says can be run again.
    let shown = lab.lines("SHOW CREATE TABLE `my-db`.a").join("\n");
    lab.ok(&shown.replacen("`a`", "`copy`", 1));
    assert_eq!(lab.catalog.table("default", "copy").unwrap().columns().len(), 2);
    assert_eq!(lab.row("SELECT count(*) FROM \"My-DB\".a"), "0");
    assert_eq!(lab.row("SELECT count(*) FROM AwsDataCatalog.\"my-db\".a"), "0");
    assert_eq!(
        lab.all("SELECT table_name FROM information_schema.tables WHERE table_schema = 'my-db'"),
        ["a"]
    );
    assert_eq!(
        lab.all("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'my-db' ORDER BY ordinal_position"),
        ["id|integer", "b|varchar", "day|date"]
    );
    assert!(lab.fails("DROP DATABASE `my-db`").contains("is not empty"));
    lab.ok("DROP DATABASE `my-db` CASCADE");
    assert!(lab.fails("DROP TABLE nope").contains("Table not found default.nope"));
    lab.ok("DROP TABLE IF EXISTS nope");
    assert!(lab.lines("EXPLAIN SELECT 1")[0] == "Query Plan");
}

#[test]
fn plans_are_explained() {
    let lab = Lab::new();
    lab.put("t/a.txt", "1\n2\n3\n");
    lab.ok("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://lake/t/'");
    let plain = lab.ok("EXPLAIN (TYPE DISTRIBUTED) SELECT a FROM t WHERE a > 1");
    assert_eq!(plain.scanned_bytes, 0);
    let lines = lab.lines("EXPLAIN (TYPE LOGICAL, FORMAT TEXT) SELECT a FROM t WHERE a > 1");
    assert!(lines.last().unwrap().contains("TableScan[table = default.t"), "{lines:?}");
    let lines = lab.lines("EXPLAIN (FORMAT JSON) SELECT a FROM t WHERE a > 1");
    let mut plan: serde_json::Value = serde_json::from_str(&lines[1..].join("\n")).unwrap();
    assert_eq!(plan["id"], "0");
    while !plan["children"].as_array().unwrap().is_empty() {
        plan = plan["children"][0].clone();
    }
    assert_eq!(plan["name"], "TableScan");
    let graph = lab.lines("EXPLAIN (FORMAT GRAPHVIZ) SELECT a FROM t WHERE a > 1");
    assert_eq!(
        (graph[1].as_str(), graph.last().unwrap().as_str()),
        ("digraph logical_plan {", "}")
    );
    assert!(graph.iter().any(|l| l == "  plannode_0 -> plannode_1;"), "{graph:?}");
    assert_eq!(lab.lines("EXPLAIN (TYPE VALIDATE) SELECT a FROM t"), ["true"]);
    assert!(lab.fails("EXPLAIN (TYPE VALIDATE) SELECT b FROM t").starts_with("COLUMN_NOT_FOUND"));
    let ran = lab.ok("EXPLAIN ANALYZE SELECT a FROM t WHERE a > 1");
    assert_eq!(ran.scanned_bytes, 6);
    let lines = lab.lines("EXPLAIN ANALYZE SELECT a FROM t WHERE a > 1");
    let scan = lines.iter().find(|l| l.contains("TableScan")).unwrap();
    assert!(scan.contains("output_rows=3") && scan.contains("bytes_scanned=6"), "{scan}");
    assert!(lab.fails("EXPLAIN ANALYZE (FORMAT GRAPHVIZ) SELECT 1").starts_with("NOT_SUPPORTED"));
    assert!(lab.fails("EXPLAIN (TYPE IO) SELECT 1").starts_with("NOT_SUPPORTED: line 1:15"));
    // A bracket may be the query's own.
    assert_eq!(lab.lines("EXPLAIN (SELECT 1)")[0], "Query Plan");
}

#[test]
fn errors_say_where() {
    let lab = Lab::new();
    lab.ok("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://lake/none/'");
    let cases = [
        ("SELECT FROM FROM t", "line 1:"),
        ("SELECT * FORM t", "line 1:10: mismatched input 'FORM'. Expecting:"),
        ("SELECT\n  a,\nFROM t WHERE", "line 3:"),
        (
            "SELECT * FROM nope",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nope' does not exist",
        ),
        ("SELECT * FROM nodb.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nodb' does not exist"),
        ("SELECT x FROM t", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"),
        (
            "SELECT a FROM t WHERE nope > 1",
            "COLUMN_NOT_FOUND: line 1:23: Column 'nope' cannot be resolved",
        ),
        (
            "SELECT nosuch(a) FROM t",
            "FUNCTION_NOT_FOUND: line 1:8: Function 'nosuch' not registered",
        ),
        (
            "SELECT a, count(*) FROM t",
            "EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression",
        ),
        ("SELECT * FROM `t`", "line 1:15: backquoted identifiers are not supported"),
        ("SELECT 1/0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INTEGER"),
        (
            "SELECT a = 'x' FROM t",
            "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar",
        ),
        (
            "SELECT 'y' = 'x',\n a <> 'x' FROM t",
            "TYPE_MISMATCH: line 2:4: Cannot apply operator: integer <> varchar",
        ),
        (
            "SELECT 'a' + 1, 2 - 1",
            "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar + integer",
        ),
        (
            "SELECT length(a, a) FROM t",
            "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer, integer) for function length",
        ),
        ("SELCT 1", "line 1:1: mismatched input 'SELCT'"),
        ("SELECT * FROM other.default.t", "CATALOG_NOT_FOUND: line 1:15: Catalog 'other'"),
        ("DELETE FROM t", "NOT_SUPPORTED: DELETE is not supported by the local lake"),
        (
            "SELECT * FROM t WHERE a = ?",
            "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0",
        ),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(sql, expected)| {
            let found = lab.fails(sql);
            (!found.starts_with(expected))
                .then(|| format!("{sql}\n    wanted {expected}\n    found  {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(lab.all("SELECT * FROM t"), Vec::<String>::new());
}

#[test]
fn parameters_stand_for_literals() {
    let lab = Lab::new();
    let mut request =
        lab.request("SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x > ? AND 'a' = ? LIMIT 1");
    request.parameters = vec!["2".into(), "'a'".into()];
    assert_eq!(lab.text(&lab.send(&request).unwrap().location.unwrap()), "\"x\"\n\"3\"\n");
    request.parameters = vec!["2 OR true; DROP TABLE t".into(), "'a'".into()];
    lab.send(&request).unwrap_err();
}

#[test]
fn results_obey_the_buckets_policy() {
    let lab = Lab::new();
    lab.store
        .set_policy(
            "out",
            Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
                "Resource":"arn:aws:s3:::out/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"#),
        )
        .unwrap();
    let refused = lab.fails("SELECT 1");
    assert!(
        refused.starts_with(
            "PERMISSION_DENIED: Access denied when writing to location: s3://out/results/"
        ),
        "{refused}"
    );
    let mut request = lab.request("SELECT 1 AS x");
    request.encryption = Encryption::of(Some("SSE_KMS"), Some("alias/key"));
    let output = request.output.clone().unwrap();
    lab.send(&request).unwrap();
    for suffix in [".csv", ".csv.metadata"] {
        let head = lab.store.head("out", &output.key(suffix)).unwrap();
        assert_eq!(head.meta.sse.as_deref(), Some("aws:kms"));
        let key = lakehand::local::kms::key_arn("alias/key");
        assert_eq!(head.meta.kms_key, Some(key));
    }
}

#[test]
fn users_query_but_do_not_change_the_catalog() {
    let lab = Lab::new();
    lab.put("d/a.txt", "1\n");
    lab.ok("CREATE EXTERNAL TABLE d (a int) LOCATION 's3://lake/d/'");
    let as_analyst = |sql: &str| {
        let mut request = lab.request(sql);
        request.who = Principal::User("analyst".into());
        lab.send(&request).map(|o| o.rows).map_err(|e| e.message)
    };
    assert_eq!(as_analyst("SELECT * FROM d"), Ok(1));
    for sql in ["DROP TABLE d", "CREATE DATABASE x", "CREATE TABLE y AS SELECT 1 z"] {
        assert!(
            as_analyst(sql).unwrap_err().contains("Insufficient Lake Formation permission"),
            "{sql}"
        );
    }
}

#[test]
fn users_query_registered_locations_and_read_what_came_of_it() {
    let lab = Lab::new();
    lab.put("d/a.txt", "1\n");
    lab.ok("CREATE EXTERNAL TABLE d (a int) LOCATION 's3://lake/d/'");
    let registered = lab.store.registrations();
    for bucket in ["lake", "out"] {
        let arn = format!("arn:aws:s3:::{bucket}");
        let location = Location::parse(&arn).unwrap();
        let role = "arn:aws:iam::000000000000:role/LakeRole".to_owned();
        assert!(
            registered
                .add(&Registration { location, arn, role, hybrid: false, modified: 0 })
                .unwrap()
        );
    }
    let (ann, bob) = (Principal::User("ann".into()), Principal::User("bob".into()));
    let mut request = lab.request("SELECT a FROM d");
    request.who = ann.clone();
    assert_eq!(lab.send(&request).unwrap().rows, 1, "the engine goes on reading");
    let key = request.output.clone().unwrap().key(".csv");
    let reads = |who: &Principal, bucket: &str, key: &str| {
        lab.store.allowed(who, "s3:GetObject", bucket, key, None).is_ok()
    };
    assert!(reads(&ann, "out", &key), "what her query wrote");
    assert!(reads(&ann, "out", &format!("{key}.metadata")));
    assert!(!reads(&bob, "out", &key), "what another's wrote");
    assert!(!reads(&ann, "lake", "d/a.txt"), "what the query read");
}

#[test]
fn stopping_a_query_stops_it_soon() {
    let lab = Lab::new();
    let request = lab.request(
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN (SELECT y, z FROM UNNEST(sequence(1, 100000)) b(y)
         CROSS JOIN UNNEST(sequence(1, 1000)) c(z)) d WHERE x * y % 7 = z % 7");
    let begun = Instant::now();
    lab.runtime.block_on(async {
        let run = tokio::time::timeout(Duration::from_secs(3), lab.engine.run(&request));
        assert!(run.await.is_err(), "it cannot be done already");
        // The worker is free again: another statement runs at once.
        let small = lab.request("SELECT 1");
        let other = lab.engine.run(&small);
        tokio::time::timeout(Duration::from_secs(10), other).await.unwrap().unwrap();
    });
    assert!(begun.elapsed() < Duration::from_secs(15));
}
