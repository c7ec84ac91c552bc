"""A port of the loopback that nobody uses."""

import socket


def free_port() -> int:
    """Ask the system for one, let it go, and hope that nobody is quicker."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
