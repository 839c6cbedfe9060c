"""What another user of the machine gets at: a script of root's that becomes this user and prints its loot as JSON.

It needs nothing but the standard library, which it has loaded before: the user may not be able to read even that.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - loaded by the first address otherwise
import glob
import http.client
import json
import os
import socket
import sys

_MOST_BYTES = 1 << 20
SCOPE = "X-Amz-Credential=x/20260101/us-east-1/{}/aws4_request&X-Amz-Signature=0"
REQUESTS = (
    ("GET", f"/?{SCOPE.format('s3')}", b""),
    ("GET", f"/victim-bucket/secret.js?{SCOPE.format('s3')}", b""),
    ("GET", f"/2015-03-31/functions?{SCOPE.format('lambda')}", b""),
    ("POST", f"/?Action=CreateTopic&Name=other-user&{SCOPE.format('sns')}", b""),
    ("POST", f"/endpoints/victim/invocations?{SCOPE.format('sagemaker')}", b"0.25,0.5,0.75"),
    ("GET", "/ping", b""),
    ("GET", "/execution-parameters", b""),
    ("POST", "/invocations", b"0.25,0.5,0.75"),
)


def files(folder: str) -> list[str]:
    """Return the files and folders below a folder that can be read, or written."""
    found = glob.glob(f"{folder}/**", recursive=True, include_hidden=True)  # noqa: PTH207
    return [path for path in found if os.access(path, os.R_OK) or os.access(path, os.W_OK)]


def sockets(names: list[str]) -> list[str]:
    """Return the Unix sockets that can be connected to."""
    loot = []
    for name in names:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(name)
                loot.append(name)
            except OSError:
                continue
    return loot


def answers(port: int) -> list[str]:
    """Return what a TCP port answers to requests without a signature."""
    loot = []
    for method, path, body in REQUESTS:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request(method, path, body, {"Content-Type": "text/csv"})
            answer = connection.getresponse()
            if answer.status < 400:
                loot.append(f"{port} {method} {path.partition('?')[0]}: {answer.status} {answer.read(60)!r}")
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    return loot


def processes(pids: list[int], secrets: list[str]) -> list[str]:
    """Return where under /proc a secret of the server's processes can be read."""
    loot = []
    for path in (f"/proc/{pid}/{name}" for pid in pids for name in ("cmdline", "environ", "maps")):
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read(_MOST_BYTES)
        except OSError:
            continue
        loot += [path for secret in secrets if secret.encode() in content]
    return loot


def become(user: int, group: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


if __name__ == "__main__":
    # What is asked for comes as JSON; whatever this process imports, it has imported as root.
    plan = json.load(sys.stdin)
    socket.getaddrinfo("127.0.0.1", 80)
    become(plan["user"], plan["group"])
    loot = {
        "files": files(plan["folder"]),
        "sockets": sockets(plan["sockets"]),
        "answers": [answer for port in plan["ports"] for answer in answers(port)],
        "processes": processes(plan["pids"], plan["secrets"]),
    }
    print(json.dumps(loot))
