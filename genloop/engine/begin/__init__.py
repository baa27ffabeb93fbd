"""How a course begins: a new one that builds at once, or one that is made of programs that are there already."""
