"""The command `yaptide` run in this process, on SQLite and on PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from adapters.compression.gzip import GzipCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema
from adapters.database.unit_of_work import SqlUnitOfWork
from entrypoints.cli import commands
from tests.contracts.persistence import Store


@dataclass
class Yaptide:
    """Runs the command with the settings of one installation."""

    environment: dict[str, str]
    data_dir: Path

    def __call__(self, *arguments: object, stdin: str | None = None, **changes: str) -> Result:
        environment = {**self.environment, **changes}
        return CliRunner().invoke(
            commands, [str(item) for item in arguments], input=stdin, env=environment
        )

    def ok(self, *arguments: object, stdin: str | None = None, **changes: str) -> str:
        """Return what a command prints that must succeed."""
        result = self(*arguments, stdin=stdin, **changes)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: object, **changes: str) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.ok(*arguments, "--json", **changes))


@pytest.fixture
def yaptide(database_url: str, tmp_path: Path) -> Yaptide:
    data_dir = tmp_path / "data"
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "SIMULATORS_DIR": str(tmp_path / "simulators"),
        "SECRET_KEY": "0123456789abcdef" * 3,
    }
    return Yaptide(environment, data_dir)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    Schema(engine).upgrade()
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Callable[..., SqlUnitOfWork]:
    def make(*, read_only: bool = False, one_change: bool = False) -> SqlUnitOfWork:
        return SqlUnitOfWork(engine, GzipCompressor(), read_only, one_change)

    return make


__all__ = ["Store", "Yaptide"]
