"""TOPAS, whole: its parameter files, its command, its log and its outputs."""
