"""The SSH certificate service: asked with the user's token, answered with a key and certificate."""

import json
import time

import urllib3

from application.ports.ssh_credentials import SshKeyPair
from domain.errors import Unavailable

TIMEOUT_SECONDS = 3.0
LARGEST_ANSWER = 64 << 10
PIECE = 4 << 10


class HttpCertificateService:
    """SshCertificateService port.

    `GET url` with the token as bearer; the answer is JSON with the texts `cert` and `private`.
    """

    def __init__(self, url: str, seconds: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        self._seconds = seconds
        self._pool = urllib3.PoolManager(
            # A redirection would carry the token somewhere else.
            retries=urllib3.Retry(0, redirect=0, raise_on_redirect=False),
            timeout=urllib3.Timeout(total=seconds),
        )

    def certify(self, token: str) -> SshKeyPair:
        """Return a new key and certificate; Unavailable if there is no good answer in time."""
        deadline = time.monotonic() + self._seconds
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            response = self._pool.request(
                "GET", self._url, headers=headers, preload_content=False, decode_content=False
            )
            try:
                body = _read(response, deadline)
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"The certificate service failed: {type(error).__name__}") from error
        if response.status != 200:
            raise Unavailable(f"The certificate service answered {response.status}")
        return _pair(body)


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Read an answer that is neither too large nor, piece by piece, too slow."""
    body = b""
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Unavailable("The certificate service's answer is too large")
        if time.monotonic() > deadline:
            raise Unavailable("The certificate service is too slow")
    return body


def _pair(body: bytes) -> SshKeyPair:
    try:
        document = json.loads(body)
        certificate, private_key = document["cert"], document["private"]
    except (ValueError, KeyError, TypeError, RecursionError):
        # Not chained: the error would hold the key.
        certificate = private_key = None
    if not isinstance(certificate, str) or not isinstance(private_key, str):
        raise Unavailable("The certificate service's answer holds no key and certificate")
    return SshKeyPair(certificate, private_key)
