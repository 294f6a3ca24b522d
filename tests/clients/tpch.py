"""TPC-H at scale 0.01 on the local lake, against DuckDB on the same files.

    tpch.py ENDPOINT LAKE BIN WORK

The generator's files are tables of text; CTAS makes Parquet tables of them; the 22 queries of
tpch.sql run through Athena's API, and through DuckDB on the Parquet files that CTAS wrote.
"""

import re
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb

from common import client, wait

ENDPOINT, LAKE, BIN, WORK = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
S3, ATHENA = client("s3", ENDPOINT), client("athena", ENDPOINT)
BUCKET = "tpch"

TABLES = {
    "region": "r_regionkey int, r_name string, r_comment string",
    "nation": "n_nationkey int, n_name string, n_regionkey int, n_comment string",
    "supplier": "s_suppkey bigint, s_name string, s_address string, s_nationkey int, s_phone string, "
                "s_acctbal decimal(12,2), s_comment string",
    "customer": "c_custkey bigint, c_name string, c_address string, c_nationkey int, c_phone string, "
                "c_acctbal decimal(12,2), c_mktsegment string, c_comment string",
    "part": "p_partkey bigint, p_name string, p_mfgr string, p_brand string, p_type string, p_size int, "
            "p_container string, p_retailprice decimal(12,2), p_comment string",
    "partsupp": "ps_partkey bigint, ps_suppkey bigint, ps_availqty int, ps_supplycost decimal(12,2), "
                "ps_comment string",
    "orders": "o_orderkey bigint, o_custkey bigint, o_orderstatus string, o_totalprice decimal(12,2), "
              "o_orderdate date, o_orderpriority string, o_clerk string, o_shippriority int, o_comment string",
    "lineitem": "l_orderkey bigint, l_partkey bigint, l_suppkey bigint, l_linenumber int, "
                "l_quantity decimal(12,2), l_extendedprice decimal(12,2), l_discount decimal(12,2), "
                "l_tax decimal(12,2), l_returnflag string, l_linestatus string, l_shipdate date, "
                "l_commitdate date, l_receiptdate date, l_shipinstruct string, l_shipmode string, l_comment string",
}
# The types that Trino gives to what is computed: name to type, precision and scale.
TYPES = {
    1: {"sum_qty": ("decimal", 38, 2), "sum_charge": ("decimal", 38, 6),
        "avg_qty": ("decimal", 12, 2), "count_order": ("bigint", 19, 0)},
    7: {"l_year": ("bigint", 19, 0), "revenue": ("decimal", 38, 4)},
    8: {"mkt_share": ("decimal", 38, 4)},
    12: {"high_line_count": ("bigint", 19, 0)},
}


def run(sql):
    query = ATHENA.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": "tpch"},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"})["QueryExecutionId"]

    def over():
        execution = ATHENA.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return execution if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

    execution = wait(sql, over)
    assert execution["Status"]["State"] == "SUCCEEDED", (sql, execution["Status"].get("StateChangeReason"))
    return query


def rows(sql):
    query = run(sql)
    pages = list(ATHENA.get_paginator("get_query_results").paginate(QueryExecutionId=query))
    columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    found = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    return columns, found[1:]


def setup():
    subprocess.run([BIN / "tpchgen-cli", "tbl", "-s", "0.01", "-o", WORK], check=True, capture_output=True)
    S3.create_bucket(Bucket=BUCKET)
    run("CREATE DATABASE tpch")
    for table, columns in TABLES.items():
        S3.upload_file(str(WORK / f"{table}.tbl"), BUCKET, f"raw/{table}/{table}.tbl")
        run(f"CREATE EXTERNAL TABLE raw_{table} ({columns}) ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' "
            f"LOCATION 's3://{BUCKET}/raw/{table}/'")
        run(f"CREATE TABLE {table} WITH (format = 'PARQUET', external_location = 's3://{BUCKET}/{table}/') "
            f"AS SELECT * FROM raw_{table}")


def duck():
    """DuckDB over what CTAS wrote, which must be what the generator wrote."""
    db = duckdb.connect()
    for table, columns in TABLES.items():
        db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{LAKE}/buckets/{BUCKET}/{table}/*')")
        typed = ", ".join("'%s': '%s'" % tuple(c.replace("string", "varchar").split(" ", 1))
                          for c in re.split(r", (?=[a-z])", columns + ", rest string"))
        db.execute(f"CREATE VIEW raw_{table} AS SELECT * EXCLUDE (rest) FROM read_csv('{WORK}/{table}.tbl', "
                   f"delim='|', header=false, quote='', columns={{{typed}}})")
        for one, other in ((table, f"raw_{table}"), (f"raw_{table}", table)):
            more = db.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchone()[0]
            assert more == 0, f"{more} rows of {one} are not in {other}"
    return db


def alike(ours, theirs):
    """Numbers to the last digit that Athena shows: its averages and quotients of decimals are decimals."""
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(theirs, (int, float, Decimal)) and not isinstance(theirs, bool):
        found, wanted = Decimal(ours), Decimal(str(theirs))
        return abs(found - wanted) <= Decimal(1).scaleb(found.as_tuple().exponent) / 2 + Decimal("1e-9")
    return ours == str(theirs)


def compare(number, sql, db):
    begun = time.monotonic()
    columns, ours = rows(sql)
    took = time.monotonic() - begun
    theirs = db.execute(sql).fetchall()
    assert [c["Name"] for c in columns] == [d[0] for d in db.description], f"Q{number}: the names"
    assert len(ours) == len(theirs), f"Q{number}: {len(ours)} rows, DuckDB has {len(theirs)}"
    for at, (one, other) in enumerate(zip(ours, theirs)):
        assert all(map(alike, one, other)), f"Q{number}, row {at}:\n{one}\n{other}"
    found = {c["Name"]: (c["Type"], c["Precision"], c["Scale"]) for c in columns}
    for name, wanted in TYPES.get(number, {}).items():
        assert found[name] == wanted, f"Q{number}: {name} is {found[name]}, in Trino {wanted}"
    return f"ok Q{number} {len(ours)} rows {took:.2f} s"


def main():
    setup()
    db = duck()
    text = (Path(__file__).parent / "tpch.sql").read_text()
    queries = [q.strip() for q in re.split(r"^-- Q\d+$", text, flags=re.MULTILINE)[1:]]
    assert len(queries) == 22
    wrong = []
    for number, sql in enumerate(queries, 1):
        try:
            print(compare(number, sql.rstrip(";"), db))
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


main()
