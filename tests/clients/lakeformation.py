"""Lake Formation of the local lake under boto3: lakeformation.py ENDPOINT."""

import sys

from common import client, refused

ENDPOINT = sys.argv[1]
BUCKET = "registered"
ARN, ROLE = "arn:aws:s3:::" + BUCKET, "arn:aws:iam::000000000000:role/LakeRole"


def registrations(lf):
    assert lf.list_resources()["ResourceInfoList"] == []
    refused("EntityNotFoundException", lambda: lf.describe_resource(ResourceArn=ARN))
    refused("InvalidInputException", lambda: lf.register_resource(ResourceArn="s3://x", RoleArn=ROLE))
    refused("InvalidInputException", lambda: lf.register_resource(ResourceArn=ARN))
    lf.register_resource(ResourceArn=ARN, RoleArn=ROLE)
    refused("AlreadyExistsException", lambda: lf.register_resource(ResourceArn=ARN, RoleArn=ROLE))
    told = lf.describe_resource(ResourceArn=ARN)["ResourceInfo"]
    assert told["RoleArn"] == ROLE and not told["HybridAccessEnabled"] and told["LastModified"], told
    lf.register_resource(ResourceArn=ARN + "/folder", UseServiceLinkedRole=True, HybridAccessEnabled=True)
    first = lf.list_resources(MaxResults=1)
    rest = lf.list_resources(MaxResults=1, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    found = [one["ResourceArn"] for one in first["ResourceInfoList"] + rest["ResourceInfoList"]]
    assert found == [ARN, ARN + "/folder"], found
    by_role = lf.list_resources(FilterConditionList=[
        {"Field": "ROLE_ARN", "ComparisonOperator": "EQ", "StringValueList": [ROLE]}])
    assert [one["ResourceArn"] for one in by_role["ResourceInfoList"]] == [ARN]
    lf.deregister_resource(ResourceArn=ARN + "/folder")
    refused("EntityNotFoundException", lambda: lf.deregister_resource(ResourceArn=ARN + "/folder"))


def users(s3):
    theirs = client("lakeformation", ENDPOINT, key="ann")
    refused("AccessDeniedException", lambda: theirs.list_resources())
    refused("AccessDeniedException", lambda: theirs.deregister_resource(ResourceArn=ARN))
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    ann = client("s3", ENDPOINT, key="ann")
    refused("AccessDenied", lambda: ann.get_object(Bucket=BUCKET, Key="k"))
    refused("403", lambda: ann.head_object(Bucket=BUCKET, Key="k"))
    refused("AccessDenied", lambda: ann.list_objects_v2(Bucket=BUCKET))
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


def guards(s3):
    """What the posture of a bucket is made of, set and told."""
    on = dict.fromkeys(
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)

    def block():
        return s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]

    assert block() == on
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict(on, IgnorePublicAcls=False))
    assert block() == dict(on, IgnorePublicAcls=False)
    s3.delete_public_access_block(Bucket=BUCKET)
    refused("NoSuchPublicAccessBlockConfiguration", block)

    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=BUCKET)
    target = {"TargetBucket": BUCKET, "TargetPrefix": "logs/"}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": target})
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"] == target
    refused("InvalidTargetBucketForLogging", lambda: s3.put_bucket_logging(
        Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": dict(target, TargetBucket="nowhere")}))
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=BUCKET)

    refused("NoSuchLifecycleConfiguration", lambda: s3.get_bucket_lifecycle_configuration(Bucket=BUCKET))
    rule = {"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}

    def put(rule):
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})

    put(rule)
    assert s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"] == [rule]
    why = refused("NotImplemented", lambda: put(dict(rule, Expiration={"Days": 1})))
    assert "AbortIncompleteMultipartUpload" in why, why
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    refused("NoSuchLifecycleConfiguration", lambda: s3.get_bucket_lifecycle_configuration(Bucket=BUCKET))

    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/k"}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}]})
    (told,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert told["BucketKeyEnabled"] and told["ApplyServerSideEncryptionByDefault"] == by_default, told


def main():
    lf, s3 = client("lakeformation", ENDPOINT), client("s3", ENDPOINT)
    s3.create_bucket(Bucket=BUCKET)
    registrations(lf)
    print("ok registrations")
    users(s3)
    print("ok users")
    guards(s3)
    print("ok guards")


main()
