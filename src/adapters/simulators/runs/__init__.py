"""What simulators have in common that a site installs: their executables and their failures."""
