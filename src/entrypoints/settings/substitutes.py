"""Which simulators may run projects meant for others that no worker has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters import simulators
from entrypoints.settings.values import InvalidSetting

NAME = "SUBSTITUTE_SIMULATORS"
OPEN_SUBSTITUTES = "shieldhit=geant4,mcsquare;fluka=geant4,mcsquare;topas=geant4,mcsquare"
"""What `yaptide up --substitute` sets: engines that everybody may have stand in for the others."""


def simulator_names() -> Sequence[str]:
    """Return the names of all simulators, each of which is a package with its name."""
    return sorted(path.parent.name for path in Path(*simulators.__path__).glob("*/simulator.py"))


def substitutes(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return for each simulator those that may run its projects, best first.

    The text is `MEANT=FIRST,SECOND;MEANT=...`; InvalidSetting says what of it can't be read.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        meant, sign, others = entry.partition("=")
        names = [name.strip().lower() for name in (meant, *others.split(","))]
        if not sign or not all(names):
            raise InvalidSetting(
                NAME, f"{entry!r} is not of the form shieldhit=geant4,mcsquare; `;` comes between"
            )
        _check(names, found)
        found[names[0]] = tuple(names[1:])
    return found


def _check(names: list[str], found: Mapping[str, tuple[str, ...]]) -> None:
    known = simulator_names()
    for name in names:
        if name not in known:
            choice = ", ".join(known)
            raise InvalidSetting(NAME, f"{name!r} is not a simulator; choose among {choice}")
    if len(set(names)) < len(names):
        raise InvalidSetting(NAME, f"{names[0]}: no simulator may be named twice, nor itself")
    if names[0] in found:
        raise InvalidSetting(NAME, f"{names[0]} has two entries; make one of them")
