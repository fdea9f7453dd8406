"""Reads the corpora of Tests/Corpus; Format.md there says how they are written."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "Corpus"
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


@dataclass(frozen=True)
class Verdict:
    """One line of what shall become of the octets: `sign` is its first character."""

    sign: str  # `>` goes upstream, `<` comes back, `!` and `!+` are refused
    words: str
    fields: tuple = ()
    body: bytes = b""

    @property
    def status(self):
        return int(self.words.split()[0])

    @property
    def closes(self):
        """Whether the connection ends with it, and nothing behind it is looked at."""
        return self.sign[0] == "!" and " " in self.words


@dataclass(frozen=True)
class Entry:
    name: str
    rule: str
    data: bytes
    verdicts: tuple
    ending: str = ""  # of the line that begins with `&`
    method: str = "GET"
    upstream_closes: bool = False

    @property
    def passed_on(self):
        return [verdict for verdict in self.verdicts if verdict.sign == ">"]


def load(folder):
    return [entry for path in sorted((FOLDER / folder).glob("*.txt")) for entry in Reader(path).entries]


class Reader:
    def __init__(self, path):
        self.entries = []
        for line in path.read_text("utf-8").split("\n"):
            if line and line[0] != "#":
                self.take(line, path.stem)

    def take(self, line, file):
        sign, rest = line[0], line[2:]
        if sign == "=":
            self.rule, self.template, self.method, self.closes = f"{file}, {rest}", "@", "GET", False
            self.verdicts, self.ending, self.spoken = [], "", False
        elif sign == "~":
            self.template = rest
        elif sign == "?":
            self.method, self.closes = rest.split(",")[0], rest.endswith("close")
        elif sign in "><!& ":
            self.judge(sign, line)
        else:
            self.add(*re.split(r" \| ?", line, maxsplit=1))

    def judge(self, sign, line):
        if self.spoken:
            self.verdicts, self.ending, self.spoken = [], "", False
        if sign == "&":
            self.ending = line[2:]
        elif sign == " ":
            self.verdicts[-1] = detailed(self.verdicts[-1], line[2:])
        else:
            self.verdicts.append(Verdict(*line.split(" ", 1)))

    def add(self, name, text):
        self.spoken = True
        data = octets(self.template.replace("@", text, 1))
        verdicts = tuple(filled(verdict, text) for verdict in self.verdicts)
        self.entries.append(Entry(name, self.rule, data, verdicts, self.ending, self.method, self.closes))


def detailed(verdict, line):
    if line[0] == '"':
        return replace(verdict, body=line[1:-1])
    return replace(verdict, fields=(*verdict.fields, tuple(line.split(": ", 1))))


def filled(verdict, text):
    def fill(part):
        return octets((part or "").replace("@", text))

    fields = tuple((fill(name).lower(), fill(value)) for name, value in verdict.fields)
    words = fill(verdict.words).decode("latin-1")
    return replace(verdict, words=words, fields=fields, body=fill(verdict.body or ""))


def octets(text):
    data, rest = unescaped(text)
    assert not rest, f"a brace too many: {text}"
    return data


def unescaped(text, until=None):
    """The octets up to a character, and what is behind it."""
    data = b""
    while text and text[0] != until:
        if text[0] != "\\":
            data, text = data + text[0].encode(), text[1:]
        elif text[1] == "x":
            data, text = data + bytes([int(text[2:4], 16)]), text[4:]
        elif text[1] == "{":
            times, _, text = text[2:].partition("*")
            repeated, text = unescaped(text, "}")
            data += int(times) * repeated
        else:
            data, text = data + ESCAPES[text[1]], text[2:]
    return data, text[1:]
