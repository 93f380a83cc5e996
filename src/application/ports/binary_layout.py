"""What an installation of a simulator looks like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BinaryLayout:
    """A folder SIMULATORS_DIR/`simulator` with one of `executables` inside.

    A bare executable gets the first of these names. Data that comes in archives of its own is
    unpacked into `data_folder`, also inside. `demo` is an archive that anybody may download.
    """

    simulator: str
    executables: tuple[str, ...]
    data_folder: str = ""
    demo: str = ""
