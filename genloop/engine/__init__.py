"""The machine: snippet -> run -> record -> verify -> page. Nothing is imported here, so that `--help` stays fast."""
