"""S3 of the local lake under boto3, which nobody here wrote.

    s3.py ENDPOINT first     everything, leaving a multipart upload of 2 of 3 parts behind
    s3.py ENDPOINT second    after kill -9 and a restart: completes that upload
"""

import base64
import hashlib
import sys
import zlib

from common import client, refused

ENDPOINT, PHASE = sys.argv[1:3]
MIB = 1024 * 1024
PARTS = [bytes([n]) * (5 * MIB) for n in (1, 2)] + [b"the last part is small"]
BUCKET, KEY = "conformance", "a/three parts.bin"


def simple(s3):
    s3.create_bucket(Bucket=BUCKET)
    assert BUCKET in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.head_bucket(Bucket=BUCKET)
    refused("404", lambda: s3.head_bucket(Bucket="nobody-made-this"))
    refused("NoSuchBucket", lambda: s3.list_objects_v2(Bucket="nobody-made-this"))
    s3.get_bucket_location(Bucket=BUCKET)

    body = b"chr1\t1\tA\tG\n" * 1000
    put = s3.put_object(
        Bucket=BUCKET, Key="plain.tsv", Body=body, ContentType="text/tab-separated-values",
        Metadata={"sample": "NA12878"}, ChecksumAlgorithm="SHA256",
        ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/key",
    )
    assert put["ETag"] == '"%s"' % hashlib.md5(body).hexdigest() or put["ETag"], put
    head = s3.head_object(Bucket=BUCKET, Key="plain.tsv", ChecksumMode="ENABLED")
    assert head["ContentLength"] == len(body)
    assert head["ContentType"] == "text/tab-separated-values"
    assert head["Metadata"] == {"sample": "NA12878"}
    kms = client("kms", ENDPOINT)
    key = kms.describe_key(KeyId="alias/key")["KeyMetadata"]
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == key["Arn"], head
    assert put["SSEKMSKeyId"] == key["Arn"] and key["Arn"].endswith(":key/" + key["KeyId"]), key
    for name in (key["KeyId"], key["Arn"], "arn:aws:kms:us-east-1:000000000000:alias/key"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key["Arn"], name
    refused("AccessDeniedException",
            lambda: client("kms", ENDPOINT, key="analyst").describe_key(KeyId="alias/key"))
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()

    got = s3.get_object(Bucket=BUCKET, Key="plain.tsv", Range="bytes=5-9")
    assert got["Body"].read() == body[5:10] and got["ContentRange"].startswith("bytes 5-9/")
    assert s3.get_object(Bucket=BUCKET, Key="plain.tsv", Range="bytes=-4")["Body"].read() == body[-4:]
    refused("InvalidRange", lambda: s3.get_object(Bucket=BUCKET, Key="plain.tsv", Range="bytes=999999-"))
    refused("412", lambda: s3.head_object(Bucket=BUCKET, Key="plain.tsv", IfMatch='"no"'))
    refused("PreconditionFailed", lambda: s3.put_object(Bucket=BUCKET, Key="plain.tsv", Body=b"x", IfNoneMatch="*"))
    refused("NoSuchKey", lambda: s3.get_object(Bucket=BUCKET, Key="nothing"))

    # A checksum or digest that does not fit refuses the object and stores nothing.
    wrong = base64.b64encode(b"\0\0\0\1").decode()
    refused("BadDigest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=b"abc", ChecksumCRC32=wrong))
    refused("BadDigest", lambda: s3.put_object(
        Bucket=BUCKET, Key="bad", Body=b"abc", ContentMD5=base64.b64encode(b"0" * 16).decode()))
    refused("404", lambda: s3.head_object(Bucket=BUCKET, Key="bad"))
    crc = base64.b64encode(zlib.crc32(b"abc").to_bytes(4, "big")).decode()
    assert s3.put_object(Bucket=BUCKET, Key="good", Body=b"abc", ChecksumCRC32=crc)["ChecksumCRC32"] == crc

    s3.put_object_tagging(Bucket=BUCKET, Key="good", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="good")["TagSet"] == [{"Key": "k", "Value": "v"}]
    s3.copy_object(Bucket=BUCKET, Key="copied", CopySource={"Bucket": BUCKET, "Key": "plain.tsv"})
    assert s3.get_object(Bucket=BUCKET, Key="copied")["Body"].read() == body
    attributes = s3.get_object_attributes(Bucket=BUCKET, Key="copied", ObjectAttributes=["ObjectSize", "ETag"])
    assert attributes["ObjectSize"] == len(body)
    s3.delete_object(Bucket=BUCKET, Key="copied")
    refused("404", lambda: s3.head_object(Bucket=BUCKET, Key="copied"))


def archives(s3):
    s3.create_bucket(Bucket="cold")
    where = {"Bucket": "cold", "Key": "k"}

    def restore(days, tier):
        request = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
        answer = s3.restore_object(**where, RestoreRequest=request)
        return answer["ResponseMetadata"]["HTTPStatusCode"]

    refused("InvalidStorageClass", lambda: s3.put_object(**where, Body=b"x", StorageClass="ICEBERG"))
    s3.put_object(**where, Body=b"cold", StorageClass="DEEP_ARCHIVE")
    head = s3.head_object(**where)
    assert head["StorageClass"] == "DEEP_ARCHIVE" and "Restore" not in head, head
    refused("InvalidObjectState", lambda: s3.get_object(**where))
    refused("ObjectNotInActiveTierError", lambda: s3.copy_object(Bucket="cold", Key="c", CopySource=where))
    refused("InvalidArgument", lambda: restore(1, "Expedited"))
    s3.put_object(**where, Body=b"cold", StorageClass="GLACIER", Tagging="a=1")
    assert restore(1, "Bulk") == 202
    assert s3.head_object(**where)["Restore"] == 'ongoing-request="true"'
    refused("RestoreAlreadyInProgress", lambda: restore(1, "Bulk"))
    refused("InvalidObjectState", lambda: s3.get_object(**where))
    # A faster tier overtakes the one under way.
    assert restore(1, "Expedited") == 202
    told = s3.head_object(**where)["Restore"]
    assert told.startswith('ongoing-request="false", expiry-date="') and told.endswith(' 00:00:00 GMT"'), told
    assert s3.get_object(**where)["Body"].read() == b"cold"
    assert restore(3, "Standard") == 200
    page = s3.list_objects_v2(Bucket="cold", OptionalObjectAttributes=["RestoreStatus"])
    status = page["Contents"][0]["RestoreStatus"]
    assert status["IsRestoreInProgress"] is False and status["RestoreExpiryDate"], status
    assert "RestoreStatus" not in s3.list_objects_v2(Bucket="cold")["Contents"][0]
    # Copied onto itself it is read for good, with what it had.
    s3.copy_object(**where, CopySource=where, StorageClass="STANDARD")
    head = s3.head_object(**where)
    assert "StorageClass" not in head and "Restore" not in head, head
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "a", "Value": "1"}]
    refused("InvalidObjectState", lambda: restore(1, "Bulk"))


def links(s3):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    s3.put_object(Bucket=BUCKET, Key="a b+ü", Body=b"linked")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b+ü"}, ExpiresIn=60)
    assert urlopen(url).read() == b"linked"
    try:
        urlopen(url[:-1] + ("0" if url[-1] != "0" else "1"))
    except HTTPError as error:
        assert error.code == 403, error
    else:
        raise AssertionError("a link with another signature was answered")


def listing(s3):
    keys = ["l/a-b", "l/a/1", "l/a/2", "l/a0", "l/ü", "l/z", "l//double", "l/../up", "l/with space+plus"]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="l/", PaginationConfig={"PageSize": 2})
    seen = [o["Key"] for page in pages for o in page.get("Contents", [])]
    assert seen == sorted(keys, key=lambda k: k.encode()), seen
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/", Delimiter="/")
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["l/../", "l//", "l/a/"] or \
        sorted(p["Prefix"] for p in page["CommonPrefixes"]) == ["l/../", "l//", "l/a/"], page
    after = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/", StartAfter="l/a0")
    assert [o["Key"] for o in after["Contents"]] == ["l/with space+plus", "l/z", "l/ü"]
    gone = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": k} for k in keys]})
    assert len(gone["Deleted"]) == len(keys) and not gone.get("Errors")


def versions(s3):
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="versioned")["Status"] == "Enabled"
    first = s3.put_object(Bucket="versioned", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="versioned", Key="k", Body=b"2")
    s3.delete_object(Bucket="versioned", Key="k")
    refused("NoSuchKey", lambda: s3.get_object(Bucket="versioned", Key="k"))
    assert s3.get_object(Bucket="versioned", Key="k", VersionId=first)["Body"].read() == b"1"
    listed = s3.list_object_versions(Bucket="versioned")
    assert len(listed["Versions"]) == 2 and len(listed["DeleteMarkers"]) == 1


def policy(s3):
    deny = """{"Version":"2012-10-17","Statement":[{"Sid":"DenyUnencrypted","Effect":"Deny",
      "Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::guarded/*",
      "Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"""
    s3.create_bucket(Bucket="guarded")
    s3.put_bucket_encryption(Bucket="guarded", ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"}}]})
    s3.put_bucket_policy(Bucket="guarded", Policy=deny)
    assert "DenyUnencrypted" in s3.get_bucket_policy(Bucket="guarded")["Policy"]
    refused("AccessDenied", lambda: s3.put_object(Bucket="guarded", Key="k", Body=b"x"))
    refused("AccessDenied", lambda: s3.create_multipart_upload(Bucket="guarded", Key="k"))
    s3.put_object(Bucket="guarded", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/k")


def multipart(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=KEY, ChecksumAlgorithm="CRC32")["UploadId"]
    where = {"Bucket": BUCKET, "Key": KEY, "UploadId": upload}
    done = []
    for number, body in enumerate(PARTS, 1):
        part = s3.upload_part(**where, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        done.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    pages = s3.get_paginator("list_parts").paginate(**where, PaginationConfig={"PageSize": 1})
    listed = [p for page in pages for p in page["Parts"]]
    assert [(p["PartNumber"], p["Size"]) for p in listed] == [(1, 5 * MIB), (2, 5 * MIB), (3, len(PARTS[2]))]
    assert [p["ETag"] for p in listed] == [p["ETag"] for p in done]

    def complete(parts):
        return lambda: s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    wrong_etag = [dict(done[0], ETag='"%s"' % ("0" * 32)), *done[1:]]
    refused("InvalidPart", complete(wrong_etag))
    refused("InvalidPartOrder", complete(done[::-1]))
    wrong_sum = [dict(done[0], ChecksumCRC32="AAAAAA=="), *done[1:]]
    refused(("InvalidPart", "BadDigest"), complete(wrong_sum))
    small = s3.upload_part(**where, PartNumber=2, Body=b"small", ChecksumAlgorithm="CRC32")
    refused("EntityTooSmall", complete(
        [done[0], {"PartNumber": 2, "ETag": small["ETag"], "ChecksumCRC32": small["ChecksumCRC32"]}, done[2]]))
    # The upload is still alive and its parts are still there.
    assert upload in [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
    again = s3.upload_part(**where, PartNumber=2, Body=PARTS[1], ChecksumAlgorithm="CRC32")
    assert again["ETag"] == done[1]["ETag"]
    answer = complete(done)()
    md5s = b"".join(hashlib.md5(p).digest() for p in PARTS)
    assert answer["ETag"] == '"%s-3"' % hashlib.md5(md5s).hexdigest(), answer
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"".join(PARTS)
    assert s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    refused("NoSuchUpload", lambda: s3.list_parts(**where))

    gone = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=gone)
    refused("NoSuchUpload", lambda: s3.list_parts(Bucket=BUCKET, Key="aborted", UploadId=gone))

    left = s3.create_multipart_upload(Bucket=BUCKET, Key="left behind")["UploadId"]
    for number in (1, 2):
        s3.upload_part(Bucket=BUCKET, Key="left behind", UploadId=left, PartNumber=number, Body=PARTS[number - 1])


def finish(s3):
    (upload,) = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert upload["Key"] == "left behind", upload
    where = {"Bucket": BUCKET, "Key": upload["Key"], "UploadId": upload["UploadId"]}
    parts = s3.list_parts(**where)["Parts"]
    assert [p["PartNumber"] for p in parts] == [1, 2]
    last = s3.upload_part(**where, PartNumber=3, Body=PARTS[2])
    done = [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in parts]
    done.append({"PartNumber": 3, "ETag": last["ETag"]})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
    assert s3.get_object(Bucket=BUCKET, Key="left behind")["Body"].read() == b"".join(PARTS)
    # What was there before the kill is still there, with what was said of it.
    head = s3.head_object(Bucket=BUCKET, Key="plain.tsv")
    assert head["Metadata"] == {"sample": "NA12878"} and head["ServerSideEncryption"] == "aws:kms"
    assert s3.get_bucket_versioning(Bucket="versioned")["Status"] == "Enabled"
    refused("AccessDenied", lambda: s3.put_object(Bucket="guarded", Key="k2", Body=b"x"))


def signatures():
    refused(("SignatureDoesNotMatch", "InvalidAccessKeyId"),
            lambda: client("s3", ENDPOINT, secret="not it").list_buckets())


def main():
    s3 = client("s3", ENDPOINT)
    if PHASE == "first":
        for step in (simple, archives, links, listing, versions, policy, multipart):
            step(s3)
            print("ok", step.__name__)
        signatures()
    else:
        finish(s3)
        print("ok finish")


main()
