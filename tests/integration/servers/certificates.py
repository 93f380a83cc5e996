"""A certificate service with a real SSH authority."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.integration.servers.openssh import SshKeys
from tests.waiting import LONGEST


class CertificateService:
    """Answers GET with a fresh key, certified for `principal`; `mode` says how it fails.

    `tokens` are the headers it was shown.
    """

    def __init__(self, folder: Path, principal: str) -> None:
        self.keys = SshKeys(folder)
        self.principal = principal
        self.mode = "good"
        self.tokens: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.tokens.append(self.headers.get("Authorization", ""))
                status, body = service.answer()
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/sign/"
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def answer(self) -> tuple[int, bytes]:
        """Return status and body as `mode` says."""
        if self.mode == "down":
            return 500, b"no"
        if self.mode == "nonsense":
            return 200, b'{"cert": 5}'
        if self.mode == "hangs":
            self._released.wait(LONGEST)
            return 200, b"{}"
        name = f"key-{time.monotonic_ns()}"
        certificate = self.keys.certificate(name, self.principal)
        private_key = self.keys.make("another" if self.mode == "another key" else name)
        return 200, json.dumps({"cert": certificate, "private": private_key}).encode()

    def stop(self) -> None:
        """End the service and whoever still waits for it."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LONGEST)
