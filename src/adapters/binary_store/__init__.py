"""Binaries of simulators: fetched, opened, unpacked and installed with distrust."""
