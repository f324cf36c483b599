"""Pages for people: written by the server, usable without a mouse, and with nothing in them from elsewhere."""
