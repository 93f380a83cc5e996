"""What every Computation must do. Subclasses give `computation`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from application.ports.computation import Computation
from domain.errors import (
    ComputationFailed,
    ComputationUnwanted,
    InvalidInput,
    SimulationFailed,
    Unsupported,
)


@dataclass(frozen=True)
class Curve:
    name: str
    values: Sequence[float]
    body: bytes


def curves(count: int) -> list[Curve]:
    return [Curve(f"c{number}", [0.1, float("inf")], b"\0\xff") for number in range(count)]


def paths(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def refuse(kind: type[Exception], *said: object) -> int:
    raise kind(*said)


def said_of(error: Exception) -> Sequence[object]:
    return (error.field, error.message) if isinstance(error, InvalidInput) else error.args


def always() -> bool:
    return True


class ComputationContract:
    def test_values_come_back_as_what_they_were(
        self, computation: Computation, tmp_path: Path
    ) -> None:
        assert computation.run(partial(curves, 3), list[Curve], always) == curves(3)
        (tmp_path / "a b").touch()
        found = computation.run(partial(paths, tmp_path), list[Path], always)
        assert found == [tmp_path / "a b"]

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (SimulationFailed("it broke off"), SimulationFailed),
            (InvalidInput("input_files", "is empty"), InvalidInput),
            (Unsupported("beam", "no ions"), InvalidInput),
            (FileNotFoundError(2, "No such file"), FileNotFoundError),
            (OSError(28, "No space left on device"), OSError),
            (KeyError("FOO"), ComputationFailed),
            (RecursionError("too deep"), ComputationFailed),
        ],
    )
    def test_errors_come_back_as_what_they_were(
        self, computation: Computation, error: Exception, expected: type[Exception]
    ) -> None:
        with pytest.raises(expected) as raised:
            computation.run(partial(refuse, type(error), *said_of(error)), int, always)
        said = error.strerror if isinstance(error, OSError) else str(error)
        assert str(said) in str(raised.value)
        assert isinstance(raised.value, SimulationFailed) == (
            expected in (SimulationFailed, ComputationFailed)
        )
        # The next one is none the worse for it.
        assert computation.run(partial(os.path.basename, "a/b"), str, always) == "b"

    def test_what_nobody_wants_is_ended(self, computation: Computation) -> None:
        with pytest.raises(ComputationUnwanted):
            computation.run(partial(_forever), int, lambda: False)


def _forever() -> int:
    while True:
        pass
