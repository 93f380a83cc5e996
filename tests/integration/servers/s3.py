"""A real S3 server: S3Proxy over a folder, fetched by its Maven coordinates and kept between runs."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from tests.integration.servers.maven import fetched
from tests.integration.servers.process import Server, free_port, program
from tests.locations import ROOT

JAR = ROOT / ".pytest_cache" / "s3proxy" / "s3proxy.jar"
ARTIFACT = "org.gaul:s3proxy:2.2.0:jar:jar-with-dependencies"
ACCESS_KEY = "tests"
SECRET_KEY = "a-secret-of-the-tests"
SETTINGS = """
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity={identity}
s3proxy.credential={credential}
s3proxy.endpoint=http://127.0.0.1:{port}
jclouds.provider=filesystem
jclouds.identity=unused
jclouds.credential=unused
jclouds.filesystem.basedir={folder}
"""


class S3Server:
    """One S3 server on a free port of the loopback address, with path-style addresses."""

    access_key = ACCESS_KEY
    secret_key = SECRET_KEY

    def __init__(self, folder: Path) -> None:
        java = program("java", "default-jre-headless")
        jar = fetched(ARTIFACT, JAR)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "buckets").mkdir()
        settings = folder / "s3proxy.properties"
        settings.write_text(
            SETTINGS.format(
                identity=ACCESS_KEY,
                credential=SECRET_KEY,
                port=self.port,
                folder=folder / "buckets",
            )
        )
        options = ["-XX:TieredStopAtLevel=1", "-Xmx256m", f"-Djava.io.tmpdir={folder}"]
        self.server = Server(
            [java, *options, "-jar", jar, "--properties", settings], folder / "s3proxy.log"
        )
        self.server.ready_when(self._answers)

    def client(self) -> Any:
        """Return a client of the server."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def new_bucket(self) -> str:
        """Make a bucket and return its name."""
        name = f"tests-{uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            # Strangers are refused: then somebody is there.
            error.close()
            return True
        except OSError:
            return False


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Return an S3 server that the tests of a session share; each makes its own bucket."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    try:
        yield server
    finally:
        server.server.kill()


@pytest.fixture
def s3_bucket(s3_server: S3Server) -> str:
    """Return the name of a new bucket."""
    return s3_server.new_bucket()
