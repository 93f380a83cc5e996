"""Files that commands write, and bars that show how far large ones are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from application.ports.binary_store import Report
from entrypoints.cli.exit_codes import CommandFailed

EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)


@contextmanager
def progress_report(text: str) -> Iterator[Report]:
    """Lend what shows bytes done and in all as a bar on standard error, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TransferSpeedColumn(), transient=True, console=console,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task(text, total=None)

        def report(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total or None)

        yield report


def write_pieces(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, readable by its owner alone, that appears whole or not at all."""
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        draft.replace(target)
    except OSError as error:
        raise CommandFailed(f"{target} can't be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
