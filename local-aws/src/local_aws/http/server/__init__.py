"""The HTTP server: an event loop for the connections, threads for the WSGI application."""
