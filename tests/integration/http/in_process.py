"""A client of the application in this process, without a network."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from falcon import testing

from tests.integration.http.server import SECRET, Worker


class InProcess(Worker):
    """Speaks to a WSGI application."""

    def __init__(self, app: Any) -> None:
        super().__init__("")
        self._app = testing.TestClient(app)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Any:
        result = self._app.simulate_request(
            method, path, json=body, params=query, cookies=self.cookies, headers=headers
        )
        self.cookies |= {name: cookie.value for name, cookie in result.cookies.items()}
        return SimpleNamespace(
            status=result.status_code,
            json=result.json if result.content else None,
            data=result.content,
            headers=result.headers,
        )


@contextmanager
def settings_of(folder: Path) -> Iterator[None]:
    """Let the settings that are read meanwhile be those of a new installation."""
    before = dict(os.environ)
    os.environ |= {"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "LOG_LEVEL_ROOT": "ERROR"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
