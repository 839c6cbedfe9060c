"""What one connection may take: bytes, headers and time."""

MAX_HEADER_BYTES = 64 * 1024
MAX_HEADERS = 200
HEADER_SECONDS = 20.0
"""From the first byte of a request to the end of its headers."""
IDLE_SECONDS = 900.0
"""Longer than clients keep unused connections, so that none sends a request into a connection that is being closed."""
STALL_SECONDS = 30.0
"""How long a body may bring nothing, an answer not be read, and a refused body go on."""
LINGER_SECONDS = 2.0
"""How long a client may go on sending after the last answer before the connection ends."""
COLLECTED_BYTES = 256 * 1024
"""Bodies up to this size are read before a thread is taken, so that slow senders hold none."""
