"""What the core needs from outside: one protocol per file."""
