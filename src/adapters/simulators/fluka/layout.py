"""What an installation of FLUKA looks like."""

from application.ports.binary_layout import BinaryLayout

LAYOUT = BinaryLayout("fluka", ("bin/rfluka", "rfluka"))
