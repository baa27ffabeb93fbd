"""What can be run: programs, their headers and variants, and the project that they make up."""
