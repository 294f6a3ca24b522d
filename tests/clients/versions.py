"""Versions and delete markers, made and looked at by boto3.

    versions.py URL bucket                      a bucket with versions
    versions.py URL history KEY COUNT           so many versions of a key, the last a delete
    versions.py URL fill PREFIX COUNT           so many small objects
    versions.py URL alive PREFIX COUNT          fails unless so many keys are there, none deleted
    versions.py URL holds KEY TEXT VERSIONS     fails unless the key has this text and so many versions
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

BUCKET = "kept"


def all_versions(s3, prefix):
    versions, markers = [], []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=prefix):
        versions += page.get("Versions", [])
        markers += page.get("DeleteMarkers", [])
    return versions, markers


def bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def history(s3, key, count):
    for at in range(int(count)):
        s3.put_object(Bucket=BUCKET, Key=key, Body=f"version {at:04}\n".encode())
    # What begins with the key is another one.
    s3.put_object(Bucket=BUCKET, Key=key + ".other", Body=b"other")
    s3.delete_object(Bucket=BUCKET, Key=key)


def fill(s3, prefix, count):
    put = lambda at: s3.put_object(Bucket=BUCKET, Key=f"{prefix}{at:05}", Body=b"0" * 16)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(int(count))))


def alive(s3, prefix, count):
    versions, markers = all_versions(s3, prefix)
    latest = [v for v in versions if v["IsLatest"]]
    assert len(latest) == int(count), (len(latest), len(versions))
    assert not markers, len(markers)


def holds(s3, key, text, count):
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert body == text + "\n", body
    versions, markers = all_versions(s3, key)
    own = [v for v in versions if v["Key"] == key]
    assert len(own) == int(count) and not markers, (len(own), len(markers))


if __name__ == "__main__":
    url, what, *rest = sys.argv[1:]
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
    )
    globals()[what](s3, *rest)
