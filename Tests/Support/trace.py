"""What a process read and wrote, by strace: every byte of every file descriptor, in order."""

import re
from collections import defaultdict

CALLS = "read,readv,pread64,preadv,recvfrom,recvmsg,recvmmsg,write,writev,pwrite64,pwritev,sendto,sendmsg,sendmmsg"
LINE = re.compile(rb"^\d+ +(?:<\.\.\. )?(\w+)(?:\((\d+)| resumed>)(.*)$")
TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def wrapper(output):
    """The command that is put before the traced one. It stays a parent in name only, so that signals arrive."""
    return ["strace", "-D", "-f", "-qq", "-xx", "-s", "1048576", "-e", f"trace={CALLS}", "-e", "signal=none",
            "-o", str(output)]


def streams(output):
    """The bytes of each direction and descriptor joined, so that a value split over two calls is still found."""
    joined = defaultdict(bytearray)
    for line in output.read_bytes().splitlines():
        match = LINE.match(line)
        if not match:
            continue
        direction = b"read" if match[1].startswith((b"read", b"pread", b"recv")) else b"write"
        for text, cut in TEXT.findall(match[3]):
            assert not cut, "strace cut a string off"
            joined[direction, match[2]] += bytes.fromhex(text.replace(b"\\x", b"").decode())
    return joined
