#!/usr/bin/env python3
"""Other Athena clients: `peers.py pyathena|aws URL TABLE FILE` writes all rows into a file."""

import csv
import os
import subprocess
import sys

client, url, table, target = sys.argv[1:]

if client == "pyathena":
    from pyathena import connect

    cursor = connect(s3_staging_dir="s3://bench/athena/", region_name="us-east-1",
                     endpoint_url=url, poll_interval=0.1).cursor()
    cursor.execute(f"SELECT * FROM {table}")
    with open(target, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(column[0] for column in cursor.description)
        rows.writerows(cursor)
else:
    aws = os.path.join(os.path.dirname(sys.executable), "aws")
    with open(target, "wb") as file:
        subprocess.run([aws, "--endpoint-url", url, "athena", "get-query-results", "--output",
                        "text", "--query-execution-id", table], stdout=file, check=True)
