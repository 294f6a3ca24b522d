"""Athena and Glue of the local lake under boto3, which nobody here wrote.

    athena.py ENDPOINT
"""

import csv
import io
import sys

from common import client, refused, wait

ENDPOINT = sys.argv[1]
S3, ATHENA, GLUE = (client(name, ENDPOINT) for name in ("s3", "athena", "glue"))
OUT = "s3://lake/results/"


def run(sql, database="lab", **more):
    more.setdefault("ResultConfiguration", {"OutputLocation": OUT})
    query = ATHENA.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, **more)["QueryExecutionId"]

    def over():
        execution = ATHENA.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return execution if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

    return wait(sql, over)


def ok(sql, **more):
    execution = run(sql, **more)
    assert execution["Status"]["State"] == "SUCCEEDED", (sql, execution["Status"])
    return execution


def failed(sql):
    execution = run(sql)
    assert execution["Status"]["State"] == "FAILED", (sql, execution["Status"])
    return execution["Status"]["StateChangeReason"]


def rows(sql, **more):
    """The rows without the header, by GetQueryResults."""
    query = ok(sql, **more)["QueryExecutionId"]
    pages = ATHENA.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    lines = [[cell.get("VarCharValue") for cell in row["Data"]]
             for page in pages for row in page["ResultSet"]["Rows"]]
    return lines[1:]


def object_text(uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return S3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def setup():
    S3.create_bucket(Bucket="lake")
    S3.put_object(Bucket="lake", Key="samples/one.csv",
                  Body=b"id,name,dose\n1,\"Doe, Ann\",1.5\n2,,2.5\n3,Zoe,\n")
    for day, body in (("2024-01-01", b'{"id":1,"v":10}\n{"id":2,"v":20}\n'), ("2024-01-02", b'{"id":3,"v":30}\n')):
        S3.put_object(Bucket="lake", Key=f"events/day={day}/part.json", Body=body)
    ok("CREATE DATABASE lab", database="default")
    ok("""CREATE EXTERNAL TABLE samples (id int, name string, dose double)
          ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
          LOCATION 's3://lake/samples/' TBLPROPERTIES ('skip.header.line.count'='1')"""
       .replace("id int", "id string").replace("dose double", "dose string"))
    ok("""CREATE EXTERNAL TABLE events (id int, v bigint) PARTITIONED BY (day string)
          ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/events/'""")


def ddl():
    assert rows("SELECT count(*) FROM events") == [["0"]]
    ok("MSCK REPAIR TABLE events")
    assert rows("SELECT count(*) FROM events") == [["3"]]
    shown = object_text(ok("SHOW PARTITIONS events")["ResultConfiguration"]["OutputLocation"])
    assert "day=2024-01-01" in shown and "day=2024-01-02" in shown
    assert "samples" in object_text(ok("SHOW TABLES IN lab")["ResultConfiguration"]["OutputLocation"])
    assert "dose" in object_text(ok("DESCRIBE samples")["ResultConfiguration"]["OutputLocation"])
    assert "OpenCSVSerde" in object_text(ok("SHOW CREATE TABLE samples")["ResultConfiguration"]["OutputLocation"])
    table = GLUE.get_table(DatabaseName="lab", Name="events")["Table"]
    assert [k["Name"] for k in table["PartitionKeys"]] == ["day"]
    assert len(GLUE.get_partitions(DatabaseName="lab", TableName="events",
                                   Expression="day > '2024-01-01'")["Partitions"]) == 1


def select():
    execution = ok("SELECT name, dose FROM samples ORDER BY id")
    text = object_text(execution["ResultConfiguration"]["OutputLocation"])
    assert text.splitlines()[0] == '"name","dose"', text
    assert list(csv.reader(io.StringIO(text)))[1] == ["Doe, Ann", "1.5"]
    assert execution["Statistics"]["DataScannedInBytes"] > 0
    assert rows("SELECT CAST(NULL AS varchar) n, '' e, 'x\"y' q") == [[None, "", 'x"y']]
    nulls = object_text(ok("SELECT CAST(NULL AS varchar) n, '' e")["ResultConfiguration"]["OutputLocation"])
    assert nulls.splitlines()[1] == ',""', nulls
    assert rows("""SELECT s.name, sum(e.v) FROM samples s JOIN events e ON CAST(s.id AS integer) = e.id
                   GROUP BY s.name ORDER BY 2 DESC LIMIT 1""") == [["Zoe", "30"]]
    assert rows("""SELECT id, row_number() OVER (ORDER BY v DESC), sum(v) OVER (ORDER BY id)
                   FROM events ORDER BY id""") == [["1", "3", "10"], ["2", "2", "30"], ["3", "1", "60"]]
    whole = ok("SELECT sum(v) FROM events")["Statistics"]["DataScannedInBytes"]
    pruned = ok("SELECT sum(v) FROM events WHERE day = '2024-01-02'")["Statistics"]["DataScannedInBytes"]
    assert 0 < pruned < whole, (pruned, whole)
    assert rows("SELECT date_format(date_parse('2024-03-01', '%Y-%m-%d'), '%d.%m.%Y'), 7/2, "
                "element_at(split('a-b', '-'), 2), regexp_like('chr17', '^chr[0-9]+$')") \
        == [["01.03.2024", "3", "b", "true"]]
    assert rows("SELECT x FROM UNNEST(ARRAY[3, 1, 2]) AS t(x) ORDER BY x") == [["1"], ["2"], ["3"]]
    assert rows("SELECT v FROM events WHERE id = ?", ExecutionParameters=["3"]) == [["30"]]
    assert len(rows("SELECT * FROM UNNEST(sequence(1, 2500)) AS t(n)")) == 2500


def ctas():
    ok("""CREATE TABLE wide WITH (format = 'PARQUET', external_location = 's3://lake/wide/',
          partitioned_by = ARRAY['day']) AS SELECT id, v, day FROM events""")
    assert rows("SELECT sum(v) FROM wide WHERE day = '2024-01-01'") == [["30"]]
    assert "HIVE_PATH_ALREADY_EXISTS" in failed(
        "CREATE TABLE again WITH (external_location = 's3://lake/wide/') AS SELECT 1 x")
    ok("UNLOAD (SELECT id, v FROM events) TO 's3://lake/unloaded/' WITH (format = 'PARQUET')")
    ok("CREATE EXTERNAL TABLE back (id int, v bigint) STORED AS PARQUET LOCATION 's3://lake/unloaded/'")
    assert rows("SELECT e.day, b.v FROM back b JOIN events e ON b.id = e.id ORDER BY b.v") == \
        [["2024-01-01", "10"], ["2024-01-01", "20"], ["2024-01-02", "30"]]
    ok("DROP TABLE back")
    refused("EntityNotFoundException", lambda: GLUE.get_table(DatabaseName="lab", Name="back"))


def bench():
    ok("INSERT INTO wide SELECT id + 10, v * 2, day FROM events WHERE id < 3")
    added = ok("INSERT INTO wide VALUES (99, 1, '2024-02-01')")
    assert (added["StatementType"], added["SubstatementType"]) == ("DML", "INSERT")
    assert ATHENA.get_query_results(QueryExecutionId=added["QueryExecutionId"])["UpdateCount"] == 1
    assert object_text(added["Statistics"]["DataManifestLocation"]).startswith("s3://lake/wide/day=2024-02-01/")
    assert rows("SELECT sum(v) FROM wide") == [["121"]]
    ok("CREATE OR REPLACE VIEW heavy AS SELECT id, v FROM wide WHERE v > 20")
    assert rows("SELECT id FROM heavy ORDER BY id") == [["3"], ["12"]]
    view = GLUE.get_table(DatabaseName="lab", Name="heavy")["Table"]
    assert view["TableType"] == "VIRTUAL_VIEW" and view["ViewOriginalText"].startswith("/* Presto View: ")
    shown = ATHENA.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="lab", TableName="heavy")
    assert shown["TableMetadata"]["TableType"] == "VIRTUAL_VIEW"
    ok("DROP VIEW heavy")
    ATHENA.create_prepared_statement(StatementName="by_id", WorkGroup="primary",
                                     QueryStatement="SELECT v FROM wide WHERE id = ?")
    assert rows("EXECUTE by_id USING 99") == [["1"]]
    assert rows("EXECUTE by_id", ExecutionParameters=["3"]) == [["30"]]
    ATHENA.delete_prepared_statement(StatementName="by_id", WorkGroup="primary")
    refused("ResourceNotFoundException", lambda: ATHENA.get_prepared_statement(
        StatementName="by_id", WorkGroup="primary"))
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    once, again = (ok("SELECT count(*) FROM wide", ResultReuseConfiguration=reuse)["Statistics"] for _ in "12")
    assert not once["ResultReuseInformation"]["ReusedPreviousResult"], once
    assert again["ResultReuseInformation"]["ReusedPreviousResult"] and again["DataScannedInBytes"] == 0, again
    told = ATHENA.get_query_runtime_statistics(
        QueryExecutionId=ok("SELECT id FROM wide WHERE abs(id) > 3")["QueryExecutionId"])["QueryRuntimeStatistics"]
    assert told["Rows"]["InputRows"] == 6 and told["Rows"]["OutputRows"] == 3, told


def errors():
    assert "line 1:8" in failed("SELECT FROM FROM samples") or "line 1:" in failed("SELECT FROM FROM samples")
    assert "TABLE_NOT_FOUND" in failed("SELECT * FROM nope")
    assert "COLUMN_NOT_FOUND" in failed("SELECT nope FROM samples")
    message = refused("InvalidRequestException", lambda: ATHENA.start_query_execution(QueryString="SELECT 1"))
    assert "output location" in message.lower(), message


def stop():
    query = ATHENA.start_query_execution(
        QueryString="SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN ("
                    "SELECT y, z FROM UNNEST(sequence(1, 100000)) b(y) CROSS JOIN UNNEST(sequence(1, 1000)) c(z)) d "
                    "WHERE x * y % 7 = z % 7",
        ResultConfiguration={"OutputLocation": OUT})["QueryExecutionId"]
    state = lambda: ATHENA.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]
    wait("RUNNING", lambda: state() == "RUNNING")
    ATHENA.stop_query_execution(QueryExecutionId=query)
    wait("CANCELLED", lambda: state() == "CANCELLED", 20)
    assert query in ATHENA.list_query_executions()["QueryExecutionIds"]


def crawl():
    role = "arn:aws:iam::000000000000:role/glue"
    GLUE.create_crawler(Name="lab-crawler", Role=role, DatabaseName="lab", TablePrefix="c_",
                        Targets={"S3Targets": [{"Path": "s3://lake/samples/"}, {"Path": "s3://lake/events/"}]})
    GLUE.start_crawler(Name="lab-crawler")
    crawler = wait("crawl", lambda: next(
        (c for c in [GLUE.get_crawler(Name="lab-crawler")["Crawler"]]
         if c["State"] == "READY" and "LastCrawl" in c), None))
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler["LastCrawl"]
    names = [t["Name"] for t in GLUE.get_tables(DatabaseName="lab")["TableList"]]
    assert "c_samples" in names and "c_events" in names, names
    assert rows("SELECT sum(v) FROM c_events WHERE day = '2024-01-02'") == [["30"]]
    assert rows("SELECT count(*) FROM c_samples") == [["3"]]


def jobs():
    role = "arn:aws:iam::000000000000:role/glue"
    S3.put_object(Bucket="lake", Key="scripts/good.sql", Body=b"""
        -- one statement after another; the argument names the folder
        DROP TABLE IF EXISTS totals;
        CREATE TABLE totals WITH (format = 'PARQUET', external_location = 's3://lake/totals/${run}/')
        AS SELECT day, sum(v) AS v FROM events GROUP BY day;""")
    S3.put_object(Bucket="lake", Key="scripts/bad.sql", Body=b"SELECT * FROM not_there;")
    S3.put_object(Bucket="lake", Key="scripts/spark.py", Body=b"print('no')")
    for name, script in (("good", "good.sql"), ("bad", "bad.sql"), ("spark", "spark.py")):
        GLUE.create_job(Name=name, Role=role, DefaultArguments={"--database": "lab"},
                        Command={"Name": "glueetl", "ScriptLocation": f"s3://lake/scripts/{script}"})

    def finish(name, **arguments):
        run_id = GLUE.start_job_run(JobName=name, Arguments=arguments)["JobRunId"]
        over = ("SUCCEEDED", "FAILED", "STOPPED", "ERROR", "TIMEOUT")
        return wait(name, lambda: next(
            (r for r in [GLUE.get_job_run(JobName=name, RunId=run_id)["JobRun"]] if r["JobRunState"] in over), None))

    good = finish("good", **{"--run": "r1"})
    assert good["JobRunState"] == "SUCCEEDED", good
    assert rows("SELECT v FROM totals ORDER BY day") == [["30"], ["30"]]
    bad = finish("bad")
    assert bad["JobRunState"] == "FAILED" and "not_there" in bad["ErrorMessage"], bad
    spark = finish("spark")
    assert spark["JobRunState"] == "FAILED" and "Spark" in spark["ErrorMessage"], spark
    missing = finish("good")
    assert missing["JobRunState"] == "FAILED" and "run" in missing["ErrorMessage"], missing
    assert len(GLUE.get_job_runs(JobName="good")["JobRuns"]) == 2


def identity():
    assert client("sts", ENDPOINT).get_caller_identity()["Account"] == "000000000000"
    assert client("sts", ENDPOINT, key="analyst").get_caller_identity()["Arn"].endswith(":user/analyst")
    refused("AccessDeniedException", lambda: client("glue", ENDPOINT, key="analyst").create_database(
        DatabaseInput={"Name": "mine"}))


for step in (identity, setup, ddl, select, ctas, bench, errors, stop, crawl, jobs):
    step()
    print("ok", step.__name__)
