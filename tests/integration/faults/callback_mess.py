"""A network between workers and the API that delivers every message twice and out of order."""

import random
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import LONGEST

LONGEST_DELAY = 0.4


class CallbackMess:
    """Passes requests on; each POST is sent again some time later, in any order."""

    def __init__(self, target_port: int, seed: int = 1) -> None:
        self.repeated = 0
        self._target = target_port
        self._random = random.Random(seed)
        self._late: list[threading.Thread] = []
        mess = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                mess.repeat_later(self.path, body)
                status, answer = mess.send(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def send(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Pass one message on and return its answer."""
        connection = HTTPConnection("127.0.0.1", self._target, timeout=LONGEST)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def repeat_later(self, path: str, body: bytes) -> None:
        """Send a copy of a message, sooner or later than the message itself."""
        delay = self._random.uniform(0, LONGEST_DELAY)

        def send() -> None:
            time.sleep(delay)
            self.send(path, body)
            self.repeated += 1

        thread = threading.Thread(target=send)
        self._late.append(thread)
        thread.start()

    def close(self) -> None:
        """Wait for the late copies and stop."""
        for thread in self._late:
            thread.join()
        self._server.shutdown()
        self._server.server_close()
