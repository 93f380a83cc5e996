"""Hold on to a claim while something takes long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from domain.errors import BackendRefused, BackendUnreachable


@contextmanager
def renewing(renew: Callable[[], object], interval: float, name: str) -> Iterator[None]:
    """Call `renew` every `interval` seconds, in a thread called `name`, until the end."""
    done = threading.Event()

    def go_on() -> None:
        while not done.wait(interval):
            # Whoever lost the claim does work that another does too: that harms nobody.
            with suppress(BackendRefused, BackendUnreachable):
                renew()

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
