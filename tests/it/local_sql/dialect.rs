//! Expressions: what Athena answers.

use super::lab::Lab;

/// (expression, answer); NULL is `~`.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("7/2", "3"),
    ("-7/2", "-3"),
    ("7 % 3", "1"),
    ("1e0", "1.0"),
    ("1.5", "1.5"),
    ("1e10", "1.0E10"),
    ("7.0/2", "3.5"),
    ("CAST(1 AS double)/3", "0.3333333333333333"),
    ("1.5 + 1", "2.5"),
    ("CAST(2.5e0 AS bigint)", "3"),
    ("CAST(-2.5e0 AS integer)", "-3"),
    ("CAST(2.5 AS integer)", "3"),
    ("CAST('42' AS bigint) + 1", "43"),
    ("TRY_CAST('x' AS bigint)", "~"),
    ("TRY(CAST('x' AS integer))", "~"),
    ("TRY(1/0)", "~"),
    ("TRY(2147483647 + 1)", "~"),
    ("TRY(2 * 3 - 1)", "5"),
    ("TRY(DATE '2024-01-31' + INTERVAL '1' DAY)", "2024-02-01"),
    ("TRY(1.5 * 2)", "3.0"),
    ("CAST(true AS varchar)", "true"),
    ("CAST('abcdef' AS varchar(3))", "abc"),
    ("CAST(TIMESTAMP '2024-01-02 03:04:05' AS varchar)", "2024-01-02 03:04:05.000"),
    ("CAST('2024-01-02' AS date)", "2024-01-02"),
    ("CAST('10.25' AS decimal(10,1))", "10.3"),
    ("TIMESTAMP '2024-01-02 03:04:05.678'", "2024-01-02 03:04:05.678"),
    ("TIMESTAMP '2024-01-02 03:04:05 UTC'", "2024-01-02 03:04:05.000 UTC"),
    ("DATE '2024-02-29' + INTERVAL '1' DAY", "2024-03-01"),
    ("TIMESTAMP '2024-01-31 00:00:00' + INTERVAL '1' MONTH", "2024-02-29 00:00:00.000"),
    ("TIMESTAMP '2024-01-02 03:00:00' - TIMESTAMP '2024-01-01 00:00:00'", "1 03:00:00.000"),
    ("INTERVAL '2' DAY", "2 00:00:00.000"),
    ("date_parse('01.03.2024 14:05', '%d.%m.%Y %H:%i')", "2024-03-01 14:05:00.000"),
    (
        "date_format(TIMESTAMP '2024-03-01 14:05:06', '%W %e %M %Y %h:%i %p')",
        "Friday 1 March 2024 02:05 PM",
    ),
    ("date_diff('day', DATE '2024-02-01', DATE '2024-03-01')", "29"),
    ("date_diff('month', DATE '2024-01-31', DATE '2024-02-29')", "0"),
    ("date_diff('hour', TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 05:59:00')", "5"),
    ("date_add('month', 1, DATE '2024-01-31')", "2024-02-29"),
    ("date_add('hour', -1, TIMESTAMP '2024-01-01 00:30:00')", "2023-12-31 23:30:00.000"),
    ("date_trunc('month', DATE '2024-02-29')", "2024-02-01"),
    ("date_trunc('hour', TIMESTAMP '2024-02-29 12:34:56')", "2024-02-29 12:00:00.000"),
    ("date_trunc('week', DATE '2024-02-29')", "2024-02-26"),
    ("year(DATE '2024-02-29')", "2024"),
    ("EXTRACT(month FROM DATE '2024-02-29')", "2"),
    ("day_of_week(DATE '2024-02-29')", "4"),
    ("quarter(DATE '2024-12-31')", "4"),
    ("last_day_of_month(DATE '2024-02-01')", "2024-02-29"),
    ("from_iso8601_timestamp('2024-01-02T03:04:05Z')", "2024-01-02 03:04:05.000 UTC"),
    ("from_iso8601_date('2024-01-02')", "2024-01-02"),
    ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
    ("to_unixtime(TIMESTAMP '1970-01-01 00:00:01')", "1.0"),
    (
        "TIMESTAMP '2024-07-01 12:00:00 UTC' AT TIME ZONE 'Europe/London'",
        "2024-07-01 13:00:00.000 Europe/London",
    ),
    ("element_at(ARRAY[1,2,3], -1)", "3"),
    ("element_at(ARRAY[1,2,3], 9)", "~"),
    ("ARRAY['a','b'][2]", "b"),
    ("element_at(MAP(ARRAY['a','b'], ARRAY[1,2]), 'b')", "2"),
    ("MAP(ARRAY['a','b'], ARRAY[1,2])['a']", "1"),
    ("MAP(ARRAY['a','b'], ARRAY[1,2])", "{a=1, b=2}"),
    ("ARRAY[1,NULL,3]", "[1, null, 3]"),
    ("ROW(1, 'x')", "{field0=1, field1=x}"),
    ("CAST(ROW(1, 'x') AS ROW(a integer, b varchar))", "{a=1, b=x}"),
    ("CAST(ROW(1, 'x') AS ROW(a integer, b varchar)).b", "x"),
    ("cardinality(ARRAY[1,2,3])", "3"),
    ("contains(ARRAY[1,2,3], 2)", "true"),
    ("array_join(ARRAY[1,NULL,3], '-')", "1-3"),
    ("array_join(ARRAY[1,NULL,3], '-', '?')", "1-?-3"),
    ("array_distinct(ARRAY[1,1,2])", "[1, 2]"),
    ("array_sort(ARRAY[3,1,2])", "[1, 2, 3]"),
    ("array_max(ARRAY[3,1,2])", "3"),
    ("array_position(ARRAY['a','b'], 'c')", "0"),
    ("slice(ARRAY[1,2,3,4], 2, 2)", "[2, 3]"),
    ("sequence(1, 4)", "[1, 2, 3, 4]"),
    ("flatten(ARRAY[ARRAY[1], ARRAY[2,3]])", "[1, 2, 3]"),
    ("transform(ARRAY[1,2], x -> x * 10)", "[10, 20]"),
    ("filter(ARRAY[1,2,3], x -> x > 1)", "[2, 3]"),
    ("any_match(ARRAY[1,2,3], x -> x > 2)", "true"),
    ("all_match(ARRAY[1,2,3], x -> x > 2)", "false"),
    ("reverse(ARRAY[1,2,3])", "[3, 2, 1]"),
    ("reverse('abc')", "cba"),
    ("map_keys(MAP(ARRAY['a'], ARRAY[1]))", "[a]"),
    ("json_extract_scalar('{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b[1]')", "x"),
    ("json_extract('{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b')", "[1,\"x\"]"),
    ("json_array_length('[1,2,3]')", "3"),
    ("CAST(json_extract('{\"a\":\"x\"}', '$.a') AS varchar)", "x"),
    ("CAST(json_parse('[1,2]') AS array(bigint))", "[1, 2]"),
    ("json_format(json_parse('{\"a\": 1}'))", "{\"a\":1}"),
    ("CAST(ARRAY[1,2] AS json)", "[1,2]"),
    ("regexp_like('chr17', '^chr[0-9]+$')", "true"),
    ("regexp_extract('a1b22', '[0-9]+')", "1"),
    ("regexp_extract('a1b22', '([a-z])([0-9]{2})', 2)", "22"),
    ("regexp_extract_all('a1b22', '[0-9]+')", "[1, 22]"),
    ("regexp_replace('a1b22', '([a-z])([0-9]+)', '$2$1')", "1a22b"),
    ("split('a-b-c', '-')", "[a, b, c]"),
    ("split('a-b-c', '-')[1]", "a"),
    ("split_part('a-b-c', '-', 2)", "b"),
    ("split_part('a-b-c', '-', 9)", "~"),
    ("strpos('abc', 'c')", "3"),
    ("position('c' IN 'abc')", "3"),
    ("substr('abcdef', -3, 2)", "de"),
    ("substring('abcdef' FROM 2 FOR 3)", "bcd"),
    ("length('äöü')", "3"),
    ("replace('abcabc', 'b')", "acac"),
    ("lpad('7', 3, '0')", "007"),
    ("trim('  x ')", "x"),
    ("concat('a', 'b', 'c')", "abc"),
    ("concat('a', CAST(NULL AS varchar))", "~"),
    ("'a' || 'b'", "ab"),
    ("concat(ARRAY[1], ARRAY[2])", "[1, 2]"),
    ("if(1 > 0, 'y', 'n')", "y"),
    ("if(1 > 2, 'y')", "~"),
    ("coalesce(NULL, 'x')", "x"),
    ("nullif('a', 'a')", "~"),
    ("greatest(1, 3, 2)", "3"),
    ("greatest(1, CAST(NULL AS integer))", "~"),
    ("least('b', 'a')", "a"),
    ("round(2.5e0)", "3.0"),
    ("round(1.25, 1)", "1.30"),
    ("ceil(1.2e0)", "2.0"),
    ("floor(-1.2)", "-2"),
    ("abs(-3)", "3"),
    ("mod(7, 3)", "1"),
    ("power(2, 10)", "1024.0"),
    ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"),
    ("to_utf8('ab')", "61 62"),
    ("from_utf8(from_base64(to_base64(to_utf8('hey'))))", "hey"),
    ("1 IN (1, 2)", "true"),
    ("'abc' LIKE 'a%'", "true"),
    ("NULL IS NULL", "true"),
    ("1 IS DISTINCT FROM NULL", "true"),
    ("CASE 2 WHEN 1 THEN 'a' ELSE 'b' END", "b"),
    ("typeof(1.5)", "decimal(2,1)"),
    (
        "typeof(ARRAY[CAST(ROW(1, 'x') AS ROW(a bigint, b varchar))])",
        "array(row(\"a\" bigint, \"b\" varchar))",
    ),
    ("is_nan(nan())", "true"),
    ("nan()", "NaN"),
    ("infinity()", "Infinity"),
    ("bitwise_and(6, 3)", "2"),
    ("reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)", "75"),
    ("reduce(CAST(ARRAY[] AS array(integer)), 7, (s, x) -> s + x, s -> -s)", "-7"),
    ("reduce(CAST(NULL AS array(integer)), 0, (s, x) -> s + x, s -> s)", "~"),
    ("reduce(ARRAY['a', 'b'], '', (s, x) -> s || x, s -> length(s))", "2"),
    ("reduce(ARRAY[5, NULL, 50], 0, (s, x) -> s + coalesce(x, 1), s -> s)", "56"),
    ("format('%s%%', 123)", "123%"),
    ("format('%.5f', pi())", "3.14159"),
    ("format('%03d|%5s|%-5s|%+d', 8, 'ab', 'cd', 7)", "008|   ab|cd   |+7"),
    ("format('%,.2f', 1234567.891)", "1,234,567.89"),
    ("format('%2$s %1$s', 'a', 'b')", "b a"),
    ("format('%x %S %b %e', 255, 'up', true, 12345.678e0)", "ff UP true 1.234568e+04"),
    ("(1, 'a') IN ((1, 'a'), (2, 'b'))", "true"),
    ("(1, 'b') NOT IN ((1, 'a'), (2, 'b'))", "true"),
];

#[test]
fn expressions_are_athenas() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    for (expression, expected) in EXPRESSIONS {
        let sql = format!("SELECT {expression}");
        let found = match lab.send(&lab.request(&sql)) {
            Ok(outcome) => {
                let text = lab.text(&outcome.location.unwrap());
                let rows = lakehand::local::sql::read_rows(&mut text.as_bytes(), 9).unwrap().0;
                rows[1][0].clone().unwrap_or_else(|| "~".into())
            }
            Err(e) => e.message,
        };
        if found != *expected {
            wrong.push(format!("{expression}\n    wanted {expected}\n    found  {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn queries_are_athenas() {
    let lab = Lab::new();
    let cases: &[(&str, &[&str])] = &[
        ("VALUES (1, 'a'), (2, NULL)", &["1|a", "2|~"]),
        ("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (n, s) ORDER BY n DESC", &["2|b", "1|a"]),
        (
            "WITH a AS (SELECT 1 x), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x FROM a, b",
            &["1|2"],
        ),
        ("SELECT x FROM UNNEST(ARRAY[3, 1, 2]) AS t(x) ORDER BY x", &["1", "2", "3"]),
        (
            "SELECT x, n FROM UNNEST(ARRAY['a','b']) WITH ORDINALITY AS t(x, n) ORDER BY n",
            &["a|1", "b|2"],
        ),
        (
            "SELECT k, v FROM UNNEST(MAP(ARRAY['a','b'], ARRAY[1,2])) AS t(k, v) ORDER BY k",
            &["a|1", "b|2"],
        ),
        ("SELECT x, y FROM UNNEST(ARRAY[1,2], ARRAY['a']) AS t(x, y) ORDER BY x", &["1|a", "2|~"]),
        (
            "SELECT id, e FROM (VALUES (1, ARRAY[10,20]), (2, ARRAY[30])) AS t(id, a) CROSS JOIN UNNEST(a) AS u(e) ORDER BY e",
            &["1|10", "1|20", "2|30"],
        ),
        (
            "SELECT t.id, u.e FROM (VALUES (1, ARRAY[10,20]), (2, ARRAY[30])) AS t(id, a), UNNEST(t.a) AS u(e) WHERE u.e > 10 ORDER BY 2",
            &["1|20", "2|30"],
        ),
        (
            "SELECT id, e FROM (VALUES (1, ARRAY[10]), (2, CAST(ARRAY[] AS array(integer)))) AS t(id, a) LEFT JOIN UNNEST(a) AS u(e) ON TRUE ORDER BY id",
            &["1|10", "2|~"],
        ),
        (
            "SELECT r.a, r.b FROM UNNEST(ARRAY[CAST(ROW(1,'x') AS ROW(a integer, b varchar))]) AS r(a, b)",
            &["1|x"],
        ),
        (
            "SELECT g, count(*), sum(v) FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) AS t(g, v) GROUP BY 1 ORDER BY 1",
            &["a|2|3", "b|1|3"],
        ),
        (
            "SELECT g, sum(v) FROM (VALUES ('a', 1), ('b', 2)) AS t(g, v) GROUP BY ROLLUP (g) ORDER BY g",
            &["a|1", "b|2", "~|3"],
        ),
        (
            "SELECT g, h, count(*) FROM (VALUES ('a', 1), ('b', 2)) AS t(g, h) GROUP BY GROUPING SETS ((g), (h)) ORDER BY 1, 2",
            &["a|~|1", "b|~|1", "~|1|1", "~|2|1"],
        ),
        (
            "SELECT count_if(v > 1), arbitrary(k), max_by(k, v), min_by(k, v) FROM (VALUES ('a', 1), ('a', 2)) AS t(k, v)",
            &["1|a|a|a"],
        ),
        ("SELECT max_by(k, v) FROM (VALUES ('a', 1), ('b', NULL), ('c', 3)) AS t(k, v)", &["c"]),
        ("SELECT map_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)", &["{a=1, b=2}"]),
        ("SELECT array_agg(v ORDER BY v DESC) FROM (VALUES 1, 3, 2) AS t(v)", &["[3, 2, 1]"]),
        (
            "SELECT listagg(v, ',') WITHIN GROUP (ORDER BY v) FROM (VALUES 'b', 'a') AS t(v)",
            &["a,b"],
        ),
        (
            "SELECT approx_distinct(v), approx_percentile(v, 0.5) FROM (VALUES 1, 2, 3) AS t(v)",
            &["3|2"],
        ),
        ("SELECT avg(v), sum(v), min(v) FROM (VALUES 1, 2) AS t(v)", &["1.5|3|1"]),
        ("SELECT count(*) FILTER (WHERE v > 1) FROM (VALUES 1, 2, 3) AS t(v)", &["2"]),
        (
            "SELECT v, row_number() OVER (ORDER BY v DESC), lag(v) OVER (ORDER BY v), sum(v) OVER (ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 3) AS t(v) ORDER BY v",
            &["1|3|~|1", "2|2|1|3", "3|1|2|5"],
        ),
        ("SELECT v FROM (VALUES 1, NULL, 2) AS t(v) ORDER BY v DESC", &["2", "1", "~"]),
        ("SELECT v FROM (VALUES 1, 2, 3, 4) AS t(v) ORDER BY v OFFSET 1 LIMIT 2", &["2", "3"]),
        ("SELECT v FROM (VALUES 1, 2, 3) AS t(v) ORDER BY v FETCH FIRST 2 ROWS ONLY", &["1", "2"]),
        ("SELECT DISTINCT v FROM (VALUES 1, 1, 2) AS t(v) ORDER BY v", &["1", "2"]),
        ("SELECT 1 UNION SELECT 1 UNION ALL SELECT 2 ORDER BY 1", &["1", "2"]),
        ("SELECT 1 x INTERSECT SELECT 1", &["1"]),
        ("SELECT x, x, x + 0 FROM (VALUES 1) AS t(x)", &["1|1|1"]),
        (
            "SELECT a.id, b.id FROM (VALUES 1) AS a(id) JOIN (VALUES 1) AS b(id) ON a.id = b.id",
            &["1|1"],
        ),
        ("SELECT id FROM (VALUES 1) AS a(id) JOIN (VALUES 1) AS b(id) USING (id)", &["1"]),
        ("SELECT * FROM (VALUES 1, 2) AS t(x) WHERE x IN (SELECT 2)", &["2"]),
        (
            "SELECT * FROM (VALUES 1, 2) AS t(x) WHERE EXISTS (SELECT 1 FROM (VALUES 2) AS u(y) WHERE y = x)",
            &["2"],
        ),
        (
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r ORDER BY n",
            &["1", "2", "3"],
        ),
        (
            "SELECT * FROM (VALUES (1, 'a'), (1, 'b'), (2, 'a')) AS t(x, y) WHERE (x, y) IN (VALUES (1, 'a'), (2, 'b'))",
            &["1|a"],
        ),
        (
            "SELECT x, y FROM (VALUES (1, 'a'), (1, 'b'), (2, NULL)) AS t(x, y) WHERE (x, y) NOT IN (SELECT 1, 'a') ORDER BY x",
            &["1|b", "2|~"],
        ),
        (
            "SELECT x FROM (VALUES (1, 'a'), (2, NULL)) AS t(x, y) WHERE (x, y) NOT IN (VALUES (2, 'q'))",
            &["1"],
        ),
        (
            "SELECT n, reduce(a, n, (s, x) -> s * n + x, s -> s) FROM (VALUES (1, ARRAY[1, 2]), (2, ARRAY[3]), (3, CAST(ARRAY[] AS array(integer)))) AS t(n, a) ORDER BY n",
            &["1|4", "2|7", "3|3"],
        ),
        ("SELECT \"Odd.Name-x\" FROM (SELECT 5 AS \"odd.name-X\")", &["5"]),
    ];
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let found = match lab.send(&lab.request(sql)) {
            Ok(_) => lab.all(sql),
            Err(e) => vec![e.message],
        };
        if found != *expected {
            wrong.push(format!("{sql}\n    wanted {expected:?}\n    found  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn columns_are_named_as_athena_names_them() {
    let lab = Lab::new();
    let names = |sql: &str| {
        lab.ok(sql).columns.iter().map(|c| format!("{}:{}", c.name, c.r#type)).collect::<Vec<_>>()
    };
    assert_eq!(
        names("SELECT 'a', count(*) AS Total, x, x FROM (VALUES 1.5) AS t(x) GROUP BY x"),
        ["_col0:varchar", "Total:bigint", "x:decimal", "x:decimal"]
    );
    assert_eq!(names("VALUES (1e0, true)"), ["_col0:double", "_col1:boolean"]);
    assert_eq!(
        names(
            "SELECT json_parse('1') j, DATE '2024-01-01' d, ARRAY[1] a, ROW(1) r, MAP(ARRAY['a'], ARRAY[1]) m, now() n"
        ),
        ["j:json", "d:date", "a:array", "r:row", "m:map", "n:timestamp with time zone"]
    );
}

#[test]
fn numbers_have_trinos_types() {
    let lab = Lab::new();
    let cases = [
        ("1", "integer", 10, 0),
        ("2147483647", "integer", 10, 0),
        ("2147483648", "bigint", 19, 0),
        ("-1", "integer", 10, 0),
        ("1 + 1", "integer", 10, 0),
        ("1 + 2147483648", "bigint", 19, 0),
        ("7 / 2", "integer", 10, 0),
        ("1.5", "decimal", 2, 1),
        ("1.5 + 1", "decimal", 12, 1),
        ("1.50 - 1.5", "decimal", 4, 2),
        ("1.5 * 2", "decimal", 12, 1),
        ("1.25 * 1.5", "decimal", 5, 3),
        ("1.5 / 2", "decimal", 2, 1),
        ("1 / 3.000000", "decimal", 22, 6),
        ("CAST(1 AS decimal(12,2)) / 7.0", "decimal", 13, 2),
        ("sum(1.50)", "decimal", 38, 2),
        ("avg(1.50)", "decimal", 3, 2),
        ("avg(1)", "double", 17, 0),
        ("sum(1)", "bigint", 19, 0),
        ("count(1)", "bigint", 19, 0),
    ];
    let mut wrong = Vec::new();
    for (expression, kind, precision, scale) in cases {
        let column = lab.ok(&format!("SELECT {expression}")).columns.remove(0);
        let found = (column.r#type.as_str(), column.precision, column.scale);
        if found != (kind, precision, scale) {
            wrong
                .push(format!("{expression}: wanted {kind}({precision},{scale}), found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        lab.row("SELECT 1 / 3.000000, 2 / 3.00, avg(x) FROM (VALUES 0.01, 0.02) AS t (x)"),
        "0.333333|0.67|0.02"
    );
    for (sql, expected) in [
        (
            "SELECT 2147483647 + 1",
            "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1",
        ),
        (
            "SELECT x * x FROM (VALUES 100000) AS t (x)",
            "NUMERIC_VALUE_OUT_OF_RANGE: integer multiplication overflow: 100000 * 100000",
        ),
        (
            "SELECT 9223372036854775807 - -1",
            "NUMERIC_VALUE_OUT_OF_RANGE: bigint subtraction overflow",
        ),
        ("SELECT 1.5 / 0", "DIVISION_BY_ZERO"),
    ] {
        let found = lab.fails(sql);
        assert!(found.starts_with(expected), "{sql}\n    wanted {expected}\n    found  {found}");
    }
}

#[test]
fn nothing_breaks_the_engine() {
    let lab = Lab::new();
    for sql in [
        "",
        ";",
        "SELECT",
        "SELECT (((((",
        "SELECT * FROM",
        "SELECT 1 FROM t, UNNEST(x)",
        "\u{0}",
        "é",
        "SELECT element_at(1, 2)",
        "SELECT date_parse('x', '%Y')",
        "SELECT CAST('x' AS integer)",
        "SELECT ARRAY[1][5]",
        "SELECT reduce(ARRAY[1], 0, (s, x) -> s + x)",
        "SELECT reduce(1, 0, (s, x) -> s + x, s -> s)",
        "SELECT reduce(ARRAY[1.5], 0, (s, x) -> s + x, s -> s)",
        "SELECT format('%d', 'a')",
        "SELECT format('%s %s', 'a')",
        "SELECT (1, 2) IN ((1, 2, 3))",
        "CREATE TABLE",
        "SHOW",
        "SELECT date_add('eon', 1, DATE '2024-01-01')",
        "SELECT split('a', '')",
        "UNLOAD",
        "EXPLAIN",
        "SELECT regexp_like('a', '(')",
        "DESCRIBE",
        "SELECT substr()",
        "SELECT 1 WHERE 'a' = 1",
    ] {
        let message = lab.fails(sql);
        assert!(!message.contains('\n') && !message.contains("broke down"), "{sql}: {message}");
    }
    let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    lab.fails(&deep);
    let long = format!("SELECT 1{}", " + 1".repeat(400));
    assert_eq!(lab.row(&long), "401");
}
