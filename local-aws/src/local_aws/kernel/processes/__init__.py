"""One way to run work: a child process in its own folder, with a log, a timeout and a kill switch."""
