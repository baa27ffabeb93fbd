"""genloop: a course chapter whose every output comes from a program that ran and was verified."""
