"""The rules of the platform: pure Python, no I/O, no clock, no framework."""
