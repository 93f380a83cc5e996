"""Pages of the frontend at services of this machine."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.frontend.client import Frontend
from tests.integration.frontend.network import HttpNetwork, WallClock
from tests.integration.service.service import Service

PASSWORD = "a good password"

Open = Callable[..., Frontend]


@pytest.fixture
def opened() -> Open:
    """Return a function that opens a page at a service and signs a user in who has no jobs yet."""

    def open_page(service: Service, **credentials: Any) -> Frontend:
        clock = WallClock()
        page = Frontend(HttpNetwork(service.port, clock), clock)
        page.load()
        if not credentials:
            credentials = {"username": f"user {uuid4().hex}", "password": PASSWORD}
            page.register(**credentials)
        page.login(**credentials)
        assert page.user == credentials["username"]
        assert page.messages == []
        return page

    return open_page
