"""HTTP with as little work as can be: the load shares the cores with the server it measures."""

import socket
from collections.abc import Mapping

TIMEOUT = 10


class LeanConnection:
    """One connection, opened again when the server closes it; answers must say their length."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        lines = [f"{name}: {value}" for name, value in {"Host": "127.0.0.1", **headers}.items()]
        self._head = "\r\n".join(lines).encode()
        self._open()

    def exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Return status and body of the answer to one request."""
        sent = body or b""
        head = b"%b %b HTTP/1.1\r\n%b\r\nContent-Length: %d\r\n\r\n"
        self._socket.sendall(head % (method.encode(), path.encode(), self._head, len(sent)) + sent)
        status = int(self._reader.readline().split()[1])
        length, closes = 0, False
        while (line := self._reader.readline().lower()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name == b"content-length" else length
            closes = closes or line == b"connection: close\r\n"
        answer = self._reader.read(length)
        if closes:
            self.close()
            self._open()
        return status, answer

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self._socket.close()
