"""What simulators may reach of a worker's machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.executors.local_process.confinement.coverage import Confine
from entrypoints.settings.values import InvalidSetting, Values

SQLITE_FILES = ("", "-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps of one database."""


@dataclass(frozen=True, slots=True)
class ConfinementSettings:
    """Whether simulators are confined, what they may read besides their own, and never may."""

    confine: Confine
    reads: Sequence[Path]
    private: Sequence[Path]

    @property
    def warnings(self) -> Sequence[str]:
        """Name what is to be readable and is not there."""
        return [f"SIMULATOR_READS: {path} is not there" for path in self.reads if not path.exists()]


def confinement_settings(
    values: Values, data_dir: Path, database_url: str, queue_address: str
) -> ConfinementSettings:
    """Return what is set; our data and the files with our secrets are private wherever they lie."""
    private = [data_dir, *values.secret_files]
    if database_url.startswith("sqlite:///"):
        file = database_url.removeprefix("sqlite:///")
        private += [Path(file + ending) for ending in SQLITE_FILES]
    if "://" not in queue_address:
        private.append(Path(queue_address))
    return ConfinementSettings(_confine(values), _reads(values), private)


def _confine(values: Values) -> Confine:
    text = values.text("CONFINE_SIMULATORS")
    try:
        return Confine(text.lower())
    except ValueError:
        known = ", ".join(Confine)
        raise InvalidSetting(
            "CONFINE_SIMULATORS", f"must be one of {known}, not {text!r}"
        ) from None


def _reads(values: Values) -> Sequence[Path]:
    texts = [text.strip() for text in values.text("SIMULATOR_READS").split(",")]
    found = [Path(text).expanduser() for text in texts if text]
    for path in found:
        if not path.is_absolute():
            raise InvalidSetting("SIMULATOR_READS", f"needs full paths, not {str(path)!r}")
    return found
