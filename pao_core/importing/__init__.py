"""From a file to the store: read in a child process, map, check by column, load in one transaction."""
