"""What an installation of SHIELD-HIT12A looks like."""

from application.ports.binary_layout import BinaryLayout

LAYOUT = BinaryLayout(
    "shieldhit",
    ("shieldhit", "bin/shieldhit"),
    demo="https://shieldhit.org/download/DEMO/shield_hit12a_x86_64_demo_gfortran_v1.1.0.tar.gz",
)
