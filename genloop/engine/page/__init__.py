"""Pages: the calls in their text, and what these stand for. Runs nothing."""
