"""Log lines: JSON or readable, one each, whatever users send."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from entrypoints.processes.log_lines import READABLE, configure_logging

FORGED = 'x\n2026-01-01 [info] all is well\r\x1b[2J"quoted"'


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before = root.handlers, root.level
    yield root
    root.handlers, level = before
    root.setLevel(level)
    structlog.reset_defaults()


def write(root: logging.Logger) -> None:
    (handler,) = root.handlers
    structlog.get_logger("ours").warning("request", path=FORGED)
    logging.getLogger("theirs").warning("bad request %s", FORGED)
    structlog.get_logger("ours").warning(FORGED)
    handler.flush()


def test_production_writes_json(
    root: logging.Logger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(READABLE, raising=False)
    configure_logging("INFO")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        write(root)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request", f"bad request {FORGED}", FORGED]
    assert lines[0]["path"] == FORGED
    assert {line["request_id"] for line in lines} == {"r-1"}


def test_nothing_a_user_sends_begins_a_line_in_a_terminal(
    root: logging.Logger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READABLE, "1")
    configure_logging("INFO")
    write(root)
    text = capfd.readouterr().err
    assert len(text.splitlines()) == 3
    assert "\x1b[2J" not in text
