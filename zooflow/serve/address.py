"""Where a server listens. Imports no ML library, so that a taken port is told at once."""

import errno
import socket

from ..errors import BadInput

LOOPBACK = ("127.0.0.1", "localhost")  # names under which this machine alone reaches itself


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: name or IPv4 address of this machine on which to listen.
        port: 0 for any that is free.

    Raises:
        BadInput: it is taken or forbidden, or this machine has no such address.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        why = "it is taken" if error.errno == errno.EADDRINUSE else (error.strerror or "").lower()
        raise BadInput(
            f"port {port} of {host} cannot be listened on: {why}",
            hint="--port 0 takes any that is free; --host 0.0.0.0 all addresses of this machine",
        ) from error
    return listening


def url(listening: socket.socket) -> str:
    """Say where a browser finds it."""
    host, port = listening.getsockname()
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"
