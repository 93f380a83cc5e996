"""Jobs and their tasks, and the statements for what happens to them."""
