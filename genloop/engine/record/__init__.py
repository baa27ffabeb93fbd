"""What ran: the record of a run, the store that keeps it, and whether it is still true."""
