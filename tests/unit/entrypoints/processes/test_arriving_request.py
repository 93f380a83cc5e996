"""A request is worth a thread once its head is there, and its body if that is small."""

import pytest

from entrypoints.processes.arriving_request import MOST_HEAD, SMALL_BODY, ArrivingRequest

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("before", [b"", b"\r\n"])
def test_each_byte_counts(before: bytes) -> None:
    request = before + POST + b"Content-Length: 5\r\n\r\n12345"
    arriving = ArrivingRequest()
    for place in range(len(request)):
        assert not arriving.is_ready()
        arriving.data += request[place : place + 1]
    assert arriving.is_ready()
    assert arriving.is_whole()


@pytest.mark.parametrize(
    ("data", "ready", "whole"),
    [
        (GET, True, True),
        (GET + GET, True, True),
        (b"", False, False),
        (b"\r\n", False, False),
        (b"\r\n\r\n", False, False),
        (b"\r\n\r\n\r\n", True, True),
        (POST + b"\r\n", True, True),
        (POST + b"content-LENGTH:\t%d \r\n\r\n" % SMALL_BODY, False, False),
        (POST + b"Content-Length: %d\r\n\r\n" % (SMALL_BODY + 1), True, False),
        (POST + b"Content-Length: 99999999999999999\r\n\r\n{", True, False),
        (POST + b"Content-Length: -1\r\n\r\n", True, True),
        (POST + b"X-Content-Length: 5\r\n\r\n", True, True),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", False, False),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True, False),
        (POST + b"Transfer-Encoding: gzip, CHUNKED\r\n\r\n", False, False),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"x" * SMALL_BODY + b"x", True, False),
        (b"x" * (MOST_HEAD + 1), True, False),
        (b"x" * MOST_HEAD, False, False),
    ],
)
def test_what_is_worth_a_thread(data: bytes, ready: bool, whole: bool) -> None:
    arriving = ArrivingRequest(data)
    assert (arriving.is_ready(), arriving.is_whole()) == (ready, whole)
