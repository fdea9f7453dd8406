"""Bytes as they are: what no HTTP library would send."""

import socket


def exchange(port, data, timeout=10, half_close=False):
    """Sends the bytes and returns all that comes back until the other side closes, or falls silent after an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent: the answer says why
        return receive_all(connection)


def receive_all(connection):
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except TimeoutError:
            return received
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part
        connection.settimeout(1)


def status(answer):
    """The status code of an answer in bytes; None for anything that is not one."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 2 and parts[0] == b"HTTP/1.1" and parts[1].isdigit() else None
