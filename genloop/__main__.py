"""`python -m genloop` is the console script `genloop`."""

from genloop.engine.cli import main

if __name__ == "__main__":
    main()
