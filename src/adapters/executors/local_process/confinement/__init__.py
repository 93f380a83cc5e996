"""What the kernel lets an engine do: its own files, and nothing beyond its own run."""
