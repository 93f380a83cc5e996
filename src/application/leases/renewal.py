"""Hold on to a claim while something takes long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from domain.errors import BackendRefused, BackendUnreachable

LONGEST_SECONDS = 2.0
"""How late it may be heard that a claim is no longer wanted: people wait for what they cancel."""


@contextmanager
def holding(renew: Callable[[], bool], lease: float, name: str) -> Iterator[Callable[[], bool]]:
    """Call `renew` again and again, in a thread called `name`; yield what says if it still holds.

    `renew` returns False when the claim is lost or no longer wanted. Whoever lost a claim and goes
    on does work that another does too: that harms nobody. The claim lasts for `lease` seconds.
    """
    done, lost = threading.Event(), threading.Event()

    def go_on() -> None:
        while not done.wait(min(LONGEST_SECONDS, lease / 3)):
            with suppress(BackendRefused, BackendUnreachable):
                if not renew():
                    lost.set()

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield lambda: not lost.is_set()
    finally:
        done.set()
        thread.join()
