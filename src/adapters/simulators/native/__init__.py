"""What the input files, logs and installations of several simulators have in common."""
