"""Files with the owner and mode they need from the first moment on, free ports, and short private folders."""

import json
import os
import shutil
import socket
import tempfile
from contextlib import closing
from pathlib import Path


def new_scratch(prefix="cloakroom-"):
    """A folder that every account may pass through and nobody but its owner may list. Socket paths end at 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    path.chmod(0o711)
    return path


def remove_scratch(path):
    shutil.rmtree(path, ignore_errors=True)


def folder(path, owner, mode, group=None):
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    own(path, owner, group)
    path.chmod(mode)
    return path


def write(path, content, owner, mode=0o400):
    """Writes the file anew, never readable by others on the way. Values that are not text become JSON."""
    text = content if isinstance(content, (str, bytes)) else json.dumps(content, indent=2) + "\n"
    data = text.encode() if isinstance(text, str) else text
    path = Path(path)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    own(temporary, owner)
    temporary.chmod(mode)
    temporary.rename(path)
    return path


def own(path, owner, group=None):
    if os.geteuid() == 0:
        os.chown(path, owner.uid, (group or owner).gid)


def is_free(port):
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(wanted=None):
    """The wanted port if nobody has it, any free one otherwise."""
    if wanted and is_free(wanted):
        return wanted
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether somebody accepts connections there."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
