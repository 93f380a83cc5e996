"""nginx with the configuration that is shipped, started by the script that is shipped."""

import os
import shutil
import ssl
import tempfile
from pathlib import Path

from tests.integration.servers.process import PLACES, Server, accepts, free_port, program
from tests.locations import ROOT

SHIPPED = ROOT / "docker" / "nginx"


class Nginx:
    """nginx on two free ports of the loopback address, with the certificate it makes itself."""

    def __init__(self, folder: Path, api_port: int, upload_mib: int = 208) -> None:
        program("nginx", "nginx")
        program("openssl", "openssl")
        self.http_port, self.https_port = free_port(), free_port()
        # Its workers are another user, whom the folders of tests do not let through.
        self.state = Path(tempfile.mkdtemp(prefix="yaptide-nginx-"))
        self.certificate = self.state / "development.crt"
        environment = {
            "PATH": os.pathsep.join([os.environ["PATH"], *PLACES]),
            "API": f"127.0.0.1:{api_port}",
            "HTTP_PORT": str(self.http_port),
            "HTTPS_PORT": str(self.https_port),
            "UPLOAD_MIB": str(upload_mib),
            "STATE_DIR": str(self.state),
            "CERTIFICATE": str(folder / "not-mounted.crt"),
        }
        self.log = folder / "nginx.log"
        self.server = Server(["sh", SHIPPED / "start.sh"], self.log, environment)
        self.server.ready_when(lambda: accepts(self.https_port))

    def context(self) -> ssl.SSLContext:
        """Return what a client needs that trusts the certificate."""
        return ssl.create_default_context(cafile=self.certificate)

    def stop(self) -> None:
        """End nginx."""
        self.server.stop()
        shutil.rmtree(self.state, ignore_errors=True)
