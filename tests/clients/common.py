"""What the client scripts share: a client, waiting, and "this must be refused"."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(service, endpoint, key="local", secret=None):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="eu-west-2",
        aws_access_key_id=key, aws_secret_access_key=secret or key,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def refused(codes, call):
    """Runs `call` and wants it refused with one of `codes`; answers the error's message."""
    codes = (codes,) if isinstance(codes, str) else codes
    try:
        answer = call()
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] in codes, f"refused with {got}, not {codes}"
        return got.get("Message", "")
    raise AssertionError(f"was not refused with {codes} but answered {answer}")


def wait(what, probe, seconds=60):
    """Asks `probe` until it answers something true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")
