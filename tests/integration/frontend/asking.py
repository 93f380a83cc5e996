"""One request of the frontend: repeated or not, its errors shown or hidden, its keys turned."""

import json
from typing import Any

from tests.integration.frontend.network import Clock, Unreachable
from tests.integration.frontend.notation import camel_cased

Json = dict[str, Any]

TRIES = {"GET": 3, "DELETE": 3}
WAITS = (0.3, 0.6)
"""Seconds before what failed is sent again, whatever it was; POST is never repeated."""

HIDDEN = frozenset({"No token provided", "Job with provided ID does not exist"})
TIMEOUT = 10.0


class Refused(Exception):
    """A request that was given up, with the status of its last answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


class Asking:
    """Asks as often as the frontend does, and keeps what its user was told meanwhile."""

    def __init__(self, network: Any, clock: Clock) -> None:
        self._network = network
        self._clock = clock
        self.messages: list[str] = []

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        tries: int | None = None,
        timeout: float = TIMEOUT,
        **query: Any,
    ) -> Json:
        """Return a good answer; Refused or Unreachable if no try gets one."""
        failure: Exception = Unreachable(path)
        for attempt in range(tries or TRIES.get(method, 1)):
            if attempt:
                self._clock.sleep(WAITS[attempt - 1])
            try:
                status, data = self._network(method, path, body, query, timeout)
            except Unreachable as error:
                failure = error
                continue
            if status <= 300:
                answer: Json = camel_cased(json.loads(data))
                return answer
            failure = Refused(status, self._tell(data))
        raise failure

    def _tell(self, data: bytes) -> str:
        """Show the user what an error says, unless it is one of those that are hidden."""
        document = json.loads(data)
        message = document.get("message") if isinstance(document, dict) else None
        told = message if isinstance(message, str) else "[object Object]"
        if told not in HIDDEN:
            self.messages.append(told)
        return told
