"""An S3 server and ClickHouse's engine as processes, where their packages are installed."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Of a real server, with a bucket `logs`."""
    if not find_spec("obstore") or not find_spec("moto"):
        pytest.skip(
            "NO S3 SERVER: pip install --require-hashes -r requirements/s3.txt; pip install 'moto[server]'"
        )
    os.environ |= {"AWS_ACCESS_KEY_ID": "tea", "AWS_SECRET_ACCESS_KEY": "oolong", "AWS_REGION": "us-east-1"}
    command = [sys.executable, "-m", "tests.domain.logs.store.s3_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/logs", method="PUT"))
        yield endpoint
        server.terminate()


@pytest.fixture(scope="session")
def clickhouse_url(s3_endpoint: str) -> Iterator[str]:
    """Of a server with ClickHouse's own engine, which has the keys of the bucket in its environment."""
    if not find_spec("chdb"):
        pytest.skip("NO CHDB: pip install chdb")
    command = [sys.executable, "-m", "tests.domain.logs.store.clickhouse_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://reader:oolong%20tea@127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()
