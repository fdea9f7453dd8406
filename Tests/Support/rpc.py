"""A client of the broker's sockets, written from the description of the protocol alone, and run under any account.

`Peer` talks to a small program (the rest of this file) that holds the connection: a process of its own is the only way
to be another user."""

import base64
import json
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

HEADER = struct.Struct(">IBBHI")  # length, kind, flags, zero, stream
MESSAGE, HEAD, BODY, CREDIT = 1, 2, 3, 4
END = 1


class Closed(Exception):
    """The other side closed the connection."""


class Refused(Exception):
    """An answer that is an error, or the abort of a stream; its text is the stable code."""


class Peer:
    def __init__(self, path, service, account=None, hello=True):
        # Imported here: the program below runs alone, without the folder of the tests.
        from stack.process import as_account

        source = Path(__file__).read_text()
        argv = as_account(account, ["/usr/bin/python3", "-c", source, str(path)])
        self.program = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.service = service
        if hello:
            self.greet()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.stdin.close()
        self.program.wait(10)
        self.program.stdout.close()

    def greet(self, **changes):
        return self.ask(self.hello(**changes))

    def hello(self, **changes):
        values = {"service": self.service, "build": "test", "major": 1, "lowest": 0, "highest": 0, "streams": 0,
                  "calls": 0}
        return {"method": "hello", "params": {**values, **changes}, "id": 0}

    def crowd(self, count):
        """Connects so many times more, and keeps the connections; returns how many the other side let in."""
        return self.command({"crowd": count, "message": {"jsonrpc": "2.0", **self.hello()}})["welcome"]

    def call(self, method, **params):
        return self.ask({"method": method, "params": params, "id": 1})

    def ask(self, message):
        answer = self.command({"message": {"jsonrpc": "2.0", **message}})
        if "error" in answer:
            raise Refused(answer["error"]["data"]["code"])
        return answer["result"]

    def send_raw(self, data):
        """Sends bytes as they are; returns the next answer to a call, or raises `Closed`."""
        return self.command({"raw": base64.b64encode(data).decode()})

    def flood(self, method, params, outstanding, seconds):
        """Calls as often as it can, with so many without an answer at a time; returns how many were answered."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        return self.command({"flood": message, "outstanding": outstanding, "seconds": seconds})["answered"]

    def command(self, order):
        try:
            self.program.stdin.write(json.dumps(order) + "\n")
            self.program.stdin.flush()
            line = self.program.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {"closed": True}
        if answer.get("closed"):
            raise Closed
        if "failed" in answer:
            raise OSError(answer["failed"])
        if "reason" in answer:
            raise Refused(answer["reason"])
        return answer


def frame(payload, kind=MESSAGE, flags=0, zero=0, stream=0, length=None):
    return HEADER.pack(len(payload) if length is None else length, kind, flags, zero, stream) + payload


def main(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    try:
        connection.connect(path)
    except OSError as error:
        print(json.dumps({"failed": type(error).__name__}), flush=True)
        return
    incoming = connection.makefile("rb")
    for line in sys.stdin:
        order = json.loads(line)
        if "crowd" in order:
            print(json.dumps({"welcome": sum(join(path, order["message"]) for _ in range(order["crowd"]))}), flush=True)
            continue
        if "flood" in order:
            print(json.dumps(flood(connection, incoming, **order)), flush=True)
            continue
        raw = base64.b64decode(order["raw"]) if "raw" in order else frame(json.dumps(order["message"]).encode())
        try:
            connection.sendall(raw)
            answer = receive(incoming)
        except OSError:
            answer = {"closed": True}
        print(json.dumps(answer), flush=True)


crowd = []


def join(path, hello):
    connection = socket.socket(socket.AF_UNIX)
    crowd.append(connection)
    try:
        connection.connect(path)
        connection.sendall(frame(json.dumps(hello).encode()))
        return bool(connection.recv(65536))
    except OSError:
        return False


def flood(connection, incoming, flood, outstanding, seconds):
    end, number = time.monotonic() + seconds, 1000

    def send(count):
        nonlocal number
        frames = [frame(json.dumps({**flood, "id": number + each}).encode()) for each in range(count)]
        number += count
        connection.sendall(b"".join(frames))

    send(outstanding)
    answered = 0
    while time.monotonic() < end:
        for _ in range(outstanding // 2):
            receive(incoming)
        answered += outstanding // 2
        send(outstanding // 2)
    for _ in range(outstanding):
        receive(incoming)
    return {"answered": answered + outstanding}


def receive(incoming):
    """The next answer, head of an answer or abort; events and bodies on the way are passed over."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        header = incoming.read(HEADER.size)
        if len(header) < HEADER.size:
            return {"closed": True}
        length, kind, *_ = HEADER.unpack(header)
        payload = incoming.read(length)
        if kind in (BODY, CREDIT):
            continue
        message = json.loads(payload)
        if "id" in message or "reason" in message or kind == HEAD:
            return message
    return {"failed": "no answer"}


if __name__ == "__main__":
    main(sys.argv[1])
