"""Which simulators there are, where they are installed, what became of an installation."""
