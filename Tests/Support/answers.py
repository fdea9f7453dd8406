"""Reads what came back on a connection, as strictly as a browser should."""

import re
from dataclasses import dataclass

LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [\t -~]*")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t -~\x80-\xff]*?)[\t ]*")


@dataclass(frozen=True)
class Answer:
    status: int
    fields: tuple
    body: bytes

    def field(self, name):
        values = [value for key, value in self.fields if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


class Broken(Exception):
    """Octets that are no answer, or stop before its end."""


def read_answers(data, methods):
    """The answers to requests of these methods, interim ones left out, and what remains of the octets."""
    answers = []
    while data and len(answers) < len(methods):
        try:
            answer, data = read_answer(data, methods[len(answers)])
        except Broken:
            return answers, data
        answers += [answer] if answer.status >= 200 else []
    return answers, data


def read_answer(data, method):
    head, found, rest = data.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    matches = [FIELD.fullmatch(each) for each in lines]
    if not found or not LINE.fullmatch(line) or not all(matches):
        raise Broken(data)
    answer = Answer(int(LINE.fullmatch(line)[1]), tuple((each[1].lower(), each[2]) for each in matches), b"")
    body, rest = read_body(answer, method, rest)
    return Answer(answer.status, answer.fields, body), rest


def read_body(answer, method, rest):
    if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
        return b"", rest
    length, coding = answer.field(b"content-length"), answer.field(b"transfer-encoding")
    if (length is None) == (coding is None):
        # Only an answer to HTTP/1.0 may end with its connection, and then it is the last.
        if length is None and answer.field(b"connection") == b"close":
            return rest, b""
        raise Broken(answer)
    return read_chunks(rest) if coding else read_length(rest, length)


def read_length(rest, length):
    if not re.fullmatch(rb"[0-9]+", length) or len(rest) < int(length):
        raise Broken(rest)
    return rest[: int(length)], rest[int(length) :]


def read_chunks(rest):
    body = b""
    while True:
        match = re.match(rb"([0-9a-f]+)\r\n", rest)
        if not match:
            raise Broken(rest)
        size, rest = int(match[1], 16), rest[match.end() :]
        if rest[size : size + 2] != b"\r\n":
            raise Broken(rest)
        body, rest = body + rest[:size], rest[size + 2 :]
        if not size:
            return body, rest
