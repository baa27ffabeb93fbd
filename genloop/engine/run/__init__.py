"""Running: one process for each run, traced, in a folder of its own."""
