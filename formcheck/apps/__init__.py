"""Applications: the command line, batch, logbook, comparison and the server for phones."""
