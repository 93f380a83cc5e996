"""Workers that were seen, and what was used by whom."""
