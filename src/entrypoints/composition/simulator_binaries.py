"""Joins settings, store and layouts of simulators to what can be installed."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from adapters.binary_store.installer import BinaryInstaller
from adapters.binary_store.packages import BinaryPackage, Source
from adapters.binary_store.sealed_stream import StreamSeal
from adapters.simulators.fluka.layout import LAYOUT as FLUKA
from adapters.simulators.mcsquare import installation as mcsquare
from adapters.simulators.shieldhit.layout import LAYOUT as SHIELDHIT
from adapters.simulators.topas.layout import LAYOUT as TOPAS
from application.ports.binary_layout import BinaryLayout
from application.ports.binary_store import BinaryStore, Report
from entrypoints.composition.process_runner import make_runner
from entrypoints.settings import InvalidSetting, Settings

LAYOUTS: Mapping[str, BinaryLayout] = {
    layout.simulator: layout for layout in (SHIELDHIT, FLUKA, TOPAS)
}
"""The simulators whose binaries are installed from a store: a new one is one line here."""

INSTALLABLE = tuple(sorted([*LAYOUTS, mcsquare.NAME]))
"""Those, and the one that comes from a package registry."""


class Binaries:
    """Finds out where each simulator comes from and installs it there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.binaries
        self._place = settings.s3
        self.installer = BinaryInstaller(settings.simulators_dir, self.store, self.seal)

    def store(self) -> BinaryStore:
        """Return the store; InvalidSetting when nobody may use it."""
        from adapters.binary_store.s3 import S3BinaryStore, S3Place

        said = self._place
        if not (said.access_key and said.secret_key):
            raise InvalidSetting("S3_ACCESS_KEY", "must be set, with S3_SECRET_KEY, for the store")
        return S3BinaryStore(S3Place(said.access_key, said.secret_key, said.endpoint, said.region))

    def seal(self) -> StreamSeal | None:
        """Return what opens encrypted binaries, None without a password."""
        said = self._settings
        return StreamSeal(said.password, said.salt) if said.password else None

    def needed_seal(self) -> StreamSeal:
        """Return what encrypts and opens binaries; InvalidSetting without a password."""
        seal = self.seal()
        if seal is None:
            raise InvalidSetting(
                "S3_ENCRYPTION_PASSWORD", "must be set, with S3_ENCRYPTION_SALT, to encrypt"
            )
        return seal

    def source(self, name: str) -> Source:
        """Return where a simulator's binary lies in the store; InvalidSetting if nothing says."""
        location = self._settings.locations.get(name)
        if location is None:
            raise InvalidSetting(
                f"S3_{name.upper()}_BUCKET", f"must be set, with S3_{name.upper()}_KEY, for {name}"
            )
        return Source(location.bucket, location.key, location.version)

    def package(self, name: str) -> BinaryPackage:
        """Return what is to be installed: from the store, else the maker's demo version."""
        layout = LAYOUTS[name]
        if layout.demo and name not in self._settings.locations:
            source = Source(url=self._settings.shieldhit_demo_url or layout.demo)
        else:
            source = self.source(name)
        data = [Source(self._settings.geant4_bucket)] if self._has_data(layout) else []
        return BinaryPackage(name, layout.executables, source, data, layout.data_folder)

    def _has_data(self, layout: BinaryLayout) -> bool:
        return bool(layout.data_folder and self._settings.geant4_bucket)


def install_simulator(settings: Settings, name: str, report: Report) -> Path:
    """Install a simulator and return its executable; does nothing where MCsquare is installed."""
    if name in LAYOUTS:
        binaries = Binaries(settings)
        return binaries.installer.install(binaries.package(name), report)
    with closing(make_runner(settings)) as runner:
        return mcsquare.install(settings.simulators_dir, report, runner.ask).executable


def verify_simulator(settings: Settings, name: str) -> Sequence[str]:
    """Return what differs from what was installed, a sentence each; NotInstalledByUs."""
    if name in LAYOUTS:
        return Binaries(settings).installer.verify(name)
    return mcsquare.verify(settings.simulators_dir)


def remove_simulator(settings: Settings, name: str) -> None:
    """Remove what was installed; NotInstalledByUs."""
    if name in LAYOUTS:
        Binaries(settings).installer.remove(name)
    else:
        mcsquare.remove(settings.simulators_dir)
