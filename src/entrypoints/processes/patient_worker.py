"""gunicorn's threads, for requests that have arrived and never for connections that wait.

gunicorn gives each new connection a thread, which then waits for the request: as many clients as
there are threads, silent or slow, keep everybody else out. Here one loop waits for all of them.
It collects heads and small bodies, drops who takes too long, and makes room for newcomers at the
expense of whoever has been silent longest. It also waits for clients that still send a body which
nobody wants, so that they see the answer.
"""

import errno
import logging
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from entrypoints.processes.arriving_request import BODY_SECONDS, HEAD_SECONDS, ArrivingRequest
from entrypoints.processes.paced_socket import PacedSocket

REQUEST_ARRIVED = "yaptide.request_arrived"
"""In the environment of a request of which nothing is yet to come."""

PIECE = 64 << 10
AT_ONCE = 16
"""How many new connections are taken before the others are looked at."""

PARTING_SECONDS = 5.0
"""How long a client may be silent that still sends what nobody wants."""

PARTING_TOTAL_SECONDS = 60.0
MOST_UNWANTED = 256 << 20

LOOK_SECONDS = 0.5
"""How often those are looked for who have taken too long."""

OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)

STOP_SECONDS = 2.0
"""How long a process that stops waits for requests that are on their way."""

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Connection(TConn):  # type: ignore[misc]
    """A connection, and the request that arrives on it."""

    def __init__(self, cfg: Any, sock: PacedSocket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.arriving = ArrivingRequest()
        self.unwanted = 0
        self.parted = 0.0

    def init(self) -> None:
        """Give the parser what has arrived; the thread that does so is to handle it."""
        super().init()
        self.sock.begin(self.arriving.is_whole())
        self.parser.unreader.unread(bytes(self.arriving.data))
        self.arriving = ArrivingRequest()


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A process of the web server."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # In the order in which they came: the first has been silent longest.
        self._arriving: dict[Connection, None] = {}
        self._parting: dict[Connection, None] = {}
        self._stops_at = self._next_look = 0.0

    def load_wsgi(self) -> None:
        """Load the application."""
        super().load_wsgi()
        self.wsgi: Application = closing_unread(self.wsgi)

    def accept(self, listener: Any) -> None:
        """Take new connections, without a thread."""
        if self.cfg.is_ssl:
            # What arrives can't be read without a handshake.
            super().accept(listener)
            return
        for _ in range(AT_ONCE):
            try:
                plain, client = listener.accept()
            except OSError as error:
                if error.errno in OUT_OF_FILES:
                    self._drop_oldest()
                return
            self.nr_conns += 1
            connection = Connection(self.cfg, PacedSocket.of(plain), client, listener.getsockname())
            self._await(connection, HEAD_SECONDS)
            self._make_room()

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Go on with a connection whose request was answered."""
        if not isinstance(conn, Connection):
            super().finish_request(conn, fs)
            return
        keep = not fs.cancelled() and fs.exception() is None and fs.result() is True
        if not keep:
            self._part(conn)
            return
        # The next request may have come with the body of this one.
        conn.arriving = ArrivingRequest(conn.parser.unreader.take_buffered())
        self._await(conn, HEAD_SECONDS if conn.arriving.data else self.cfg.keepalive)

    def murder_pending(self) -> None:
        """Close connections that have taken too long."""
        super().murder_pending()
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        if not self.alive:
            self._stops_at = self._stops_at or now + STOP_SECONDS
        stopped = 0.0 < self._stops_at < now
        for conn in [*self._arriving, *self._parting]:
            if conn.timeout < now or stopped:
                self._time_out(conn)

    def _await(self, conn: Connection, seconds: float) -> None:
        """Wait for a request."""
        if conn.arriving.is_ready():
            self._hand_over(conn)
            return
        conn.timeout = time.monotonic() + seconds
        self._arriving[conn] = None
        self._watch(conn, self._collect)

    def _collect(self, conn: Connection) -> None:
        """Take what has come of a request."""
        data = received(conn) if conn in self._arriving else None
        if data is None:
            # Or it was dropped to make room, after the poller had told of it.
            return
        if not data:
            self._drop(conn)
            return
        begins = not conn.arriving.data
        had_head = conn.arriving.has_head
        conn.arriving.data += data
        if conn.arriving.is_ready():
            self._leave(conn)
            self._hand_over(conn)
        elif begins and not conn.arriving.has_head:
            conn.timeout = time.monotonic() + HEAD_SECONDS
        elif conn.arriving.has_head and not had_head:
            conn.timeout = time.monotonic() + BODY_SECONDS

    def _hand_over(self, conn: Connection) -> None:
        """Give a request to a thread."""
        conn.data_ready = True
        self.enqueue_req(conn)

    def _part(self, conn: Connection) -> None:
        """Say that nothing more comes from us, and let the client end what it is sending.

        Closed at once, the answer would be lost for a client that has not read it yet.
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        forget_body(conn)
        now = time.monotonic()
        conn.parted, conn.timeout = now, now + PARTING_SECONDS
        self._parting[conn] = None
        self._watch(conn, self._pour_away)

    def _pour_away(self, conn: Connection) -> None:
        """Read what nobody wants."""
        data = received(conn) if conn in self._parting else None
        if data is None:
            return
        conn.unwanted += len(data)
        if not data or conn.unwanted > MOST_UNWANTED:
            self._drop(conn)
            return
        latest = conn.parted + PARTING_TOTAL_SECONDS
        conn.timeout = min(time.monotonic() + PARTING_SECONDS, latest)

    def _make_room(self) -> None:
        """Keep a place for the next connection."""
        if self.nr_conns >= self.worker_connections:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._parting), None) or next(iter(self._arriving), None)
        if oldest is not None:
            self._drop(oldest)

    def _time_out(self, conn: Connection) -> None:
        if conn in self._arriving and conn.arriving.data:
            with suppress(OSError):
                util.write_error(conn.sock, 408, "Request Timeout", "")
        self._drop(conn)

    def _watch(self, conn: Connection, act: Callable[[Connection], None]) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_event, act, conn))

    def _on_event(self, act: Callable[[Connection], None], conn: Connection, _: object) -> None:
        """Deal with one connection; whatever is wrong with it must not end all others."""
        try:
            act(conn)
        except Exception:
            log.exception("a connection is dropped")
            with suppress(Exception):
                self._drop(conn)

    def _leave(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        self._arriving.pop(conn, None)
        self._parting.pop(conn, None)

    def _drop(self, conn: Connection) -> None:
        self._leave(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def forget_body(conn: Connection) -> None:
    """Let go of what the parser has read ahead, which may be mebibytes nobody will ask for.

    A reader of chunks and its generator hold each other, until the collector comes by.
    """
    body = getattr(getattr(conn.parser, "mesg", None), "body", None)
    reader: Any = getattr(body, "reader", None)
    if hasattr(reader, "parser"):
        reader.parser = None
    conn.parser = None


def received(conn: Connection) -> bytes | None:
    """Return what has come on a connection, empty at its end, None if nothing has come."""
    try:
        data: bytes = conn.sock.recv(PIECE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    return data


def closing_unread(application: Application) -> Application:
    """Return an application whose server closes connections on which a body was left unread."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        connection = environ["gunicorn.socket"]
        arrived = not isinstance(connection, PacedSocket) or connection.whole
        if isinstance(connection, PacedSocket):
            connection.patient = True
        environ[REQUEST_ARRIVED] = arrived
        answer = application(environ, start_response)
        if not arrived and not _is_read(environ["wsgi.input"]):
            # The header that says so is not sent yet.
            start_response.__self__.force_close()  # type: ignore[attr-defined]
        return answer

    return serve


def _is_read(body: Any) -> bool:
    reader = body.reader
    return not body.failed and not getattr(reader, "length", 0) and not getattr(reader, "parser", 0)
