"""Claims on work that hold only as long as they are renewed."""
