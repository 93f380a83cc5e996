"""Install what the settings name before a worker starts."""

import structlog

from domain.errors import YaptideError
from entrypoints.composition.simulator_binaries import (
    INSTALLABLE,
    LAYOUTS,
    Binaries,
    install_simulator,
)
from entrypoints.settings import InvalidSetting, Settings

log = structlog.get_logger(__name__)


def install_what_is_named(settings: Settings) -> None:
    """Install the simulators of INSTALL_SIMULATORS that are not there yet.

    One that can't be installed is an error, since jobs for it would wait in vain; where an earlier
    installation works, it is a warning.
    """
    for name in settings.binaries.install:
        if name not in INSTALLABLE:
            known = ", ".join(INSTALLABLE)
            raise InvalidSetting("INSTALL_SIMULATORS", f"{name!r} is none of {known}")
        if _is_there(settings, name):
            continue
        try:
            executable = install_simulator(settings, name, _say_nothing)
        except YaptideError as error:
            if name not in LAYOUTS or Binaries(settings).installer.installed_from(name) is None:
                raise
            log.warning("the earlier installation is used", simulator=name, reason=str(error))
        else:
            log.info("simulator installed", simulator=name, executable=str(executable))


def _is_there(settings: Settings, name: str) -> bool:
    if name not in LAYOUTS:
        return False
    binaries = Binaries(settings)
    return binaries.installer.installed_from(name) == binaries.package(name).source.place


def _say_nothing(done: int, total: int) -> None:
    """Take reports that no terminal shows."""
    del done, total
