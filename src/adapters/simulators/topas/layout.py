"""What an installation of TOPAS looks like."""

from application.ports.binary_layout import BinaryLayout

LAYOUT = BinaryLayout("topas", ("bin/topas", "topas"), data_folder="G4Data")
