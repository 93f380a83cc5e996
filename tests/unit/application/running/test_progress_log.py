"""Progress that a simulator writes to a file of its own."""

import os
from pathlib import Path

from application.running.progress_log import LogFollower


def test_standard_output_counts_while_there_is_no_log() -> None:
    assert LogFollower(lambda: None).told("10 %\n") == "10 %\n"


def test_a_log_takes_the_place_of_standard_output_and_is_read_piece_by_piece(
    tmp_path: Path,
) -> None:
    log = tmp_path / "run.out"
    follower = LogFollower(lambda: log if log.exists() else None)
    assert follower.told("started\n") == "started\n"
    log.write_bytes("Größe".encode()[:3])
    assert follower.told("noise") == "Gr"
    log.write_bytes("Größe".encode())
    assert follower.told("noise") == "öße"
    assert follower.told("noise") == ""


def test_a_log_that_is_moved_away_tells_nothing_more(tmp_path: Path) -> None:
    log = tmp_path / "run.out"
    log.write_text("one\n")
    follower = LogFollower(lambda: log)
    assert follower.told("") == "one\n"
    log.rename(tmp_path / "kept.out")
    assert follower.told("") == ""


def test_what_only_stands_for_a_log_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("10 %\n")
    link, pipe = tmp_path / "link.out", tmp_path / "pipe.out"
    link.symlink_to(secret)
    os.mkfifo(pipe)
    for log in (link, pipe):
        assert LogFollower(lambda log=log: log).told("") == ""
