"""What was printed against what was accepted, and two versions against each other."""
