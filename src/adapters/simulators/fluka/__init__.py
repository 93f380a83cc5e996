"""FLUKA, whole: its input cards, its command, its logs and its outputs."""
