"""SHIELD-HIT12A, whole: input files, command, progress, outputs."""
