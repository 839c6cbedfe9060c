"""Runs a command in a root of its own: what `lifeline` forks, and a program of its own.

The command sees a writable ``/`` that is a folder, in it the host's directories read-only, and neither the host's
``/tmp`` nor its processes. This takes private mount and process namespaces, which root may have, and others together
with a user namespace where the kernel allows it. The calls are Linux's own, as bubblewrap makes them.

Usage: ``own_root.py PLACE ... -- COMMAND [ARGUMENT ...]``; a place is one of

- ``root=FOLDER``: becomes ``/``,
- ``directory=FOLDER``: where the command starts,
- ``hidden=FOLDER``: a folder of the host that is empty to the command,
- ``shown=PLACE``: a folder or file of the host that it sees nevertheless, wherever it lies,
- ``shared=FOLDER``: a folder of the host that it may write to.

Each job starts it, so that it imports little: `json`, `pathlib` and `subprocess` would take longer than the rest.
"""

import ctypes
import os
import signal
import sys

SET_UP_FAILED = 125
"""The exit code when the root could not be made."""

_OWN = frozenset({"dev", "opt", "proc", "tmp"})
"""What of the host's root the command has itself."""
_DEVICES = frozenset({"null", "zero", "full", "random", "urandom", "tty", "dri", "kfd"})
_DEVICES_OF = "nvidia"
"""What the names of further devices begin with."""
_KEPT_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 29, 31})
"""Those of a container in Docker, but for making devices; by ``<linux/capability.h>``."""
_NOT_FOUND = 127

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_SLAVE = 2, 4, 8, 0x1000, 0x4000, 0x80000
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 1
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_SYS_MOUNT_SETATTR = 442
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


class SetUpError(Exception):
    """Raised when a step of the set-up fails; its text names the step."""


def run(places: "list[str]", command: "list[str]") -> int:
    """Run the command, and return its exit code, 128 + n for signal n."""
    try:
        _enter_namespaces()
    except SetUpError as error:
        return _report(error)
    init = os.fork()
    if init == 0:
        os._exit(_run_as_init(places, command))
    # What ends the job is sent to the whole group; the command acts on it, and this process tells how it ended.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return _exit_code(os.waitpid(init, 0)[1])


def become(command: "list[str]") -> int:
    """Replace this process by a command; return only if that cannot be started."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error}", file=sys.stderr, flush=True)
    return _NOT_FOUND


def _run_as_init(places: "list[str]", command: "list[str]") -> int:
    """Make the root and run the command, as the process that all others of the namespace end with."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _make_root(places)
        _drop_capabilities()
        os.chdir(_values(places, "directory")[0])
    except (SetUpError, OSError) as error:
        return _report(error)
    child = os.fork()
    if child == 0:
        os._exit(become(command))
    while True:
        pid, status = os.wait()
        if pid == child:
            return _exit_code(status)


def _values(places: "list[str]", name: str) -> "list[str]":
    return [place.partition("=")[2] for place in places if place.startswith(f"{name}=")]


def _report(error: Exception) -> int:
    print(f"a root of its own cannot be made: {error}", file=sys.stderr, flush=True)
    return SET_UP_FAILED


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNS | _CLONE_NEWPID
    if user == 0 and _libc.unshare(flags) == 0:
        return
    _check(_libc.unshare(flags | _CLONE_NEWUSER), "unshare")
    # Each id stands for itself: files have the owner whom their user expects.
    for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        try:
            with open(f"/proc/self/{file}", "w") as stream:
                stream.write(text)
        except OSError as error:
            raise SetUpError(f"{file}: {error.strerror}") from error


def _make_root(places: "list[str]") -> None:
    [root] = _values(places, "root")
    _mount(None, "/", None, _MS_REC | _MS_SLAVE)
    _mount(root, root, None, _MS_BIND | _MS_REC)
    for entry in os.scandir("/"):
        if entry.name not in _OWN:
            _show_entry(entry, f"{root}/{entry.name}")
    _make_own_folders(root)
    shown, concealed = _values(places, "shown"), _values(places, "hidden")
    within = [place for place in shown if any(_is_within(place, folder) for folder in concealed)]
    _show(root, [place for place in shown if place not in within])
    # After what may hold them.
    hidden = [root + folder for folder in concealed if os.path.isdir(root + folder)]
    for folder in hidden:
        _mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV)
    _show(root, within)
    for folder in _values(places, "shared"):
        _bind(folder, root + folder)
    for folder in hidden:
        _make_read_only(folder, recursive=False)
    os.chdir(root)
    machine = os.uname().machine
    number = _SYS_PIVOT_ROOT.get(machine)
    if number is None:
        raise SetUpError(f"pivot_root: not known on {machine}")
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount of the host's root")


def _show(root: str, places: "list[str]") -> None:
    """Show places of the host, read-only, that are not seen yet.

    One that exists in the root may be an empty folder that an earlier start in this folder has left. What holds a place
    that is shown is not shown itself, nor is a folder of the root's own.
    """
    done: list[str] = []
    for place in places:
        above = any(_is_within(other, place) for other in done)
        if not above and place.strip("/") not in _OWN and not _is_same(place, root + place):
            _bind(place, root + place)
            _make_read_only(root + place)
        done.append(place)


def _is_within(place: str, folder: str) -> bool:
    return f"{place}/".startswith(f"{folder.rstrip('/')}/")


def _is_same(place: str, target: str) -> bool:
    try:
        return os.path.samefile(place, target)
    except OSError:
        return False


def _show_entry(entry: "os.DirEntry[str]", target: str) -> None:
    """Show a directory of the host, read-only, or a link."""
    if entry.is_symlink():
        if not os.path.lexists(target):
            os.symlink(os.readlink(entry.path), target)
    elif entry.is_dir():
        _bind(entry.path, target)
        _make_read_only(target)


def _make_own_folders(root: str) -> None:
    """Make ``/tmp``, ``/opt`` with what the host has there beside ``ml``, ``/proc`` and ``/dev``."""
    for name in _OWN:
        os.makedirs(f"{root}/{name}", mode=0o700, exist_ok=True)
    if os.path.isdir("/opt"):
        for entry in os.scandir("/opt"):
            if entry.name != "ml":
                _show_entry(entry, f"{root}/opt/{entry.name}")
    _mount("proc", f"{root}/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _mount("tmpfs", f"{root}/dev", "tmpfs", _MS_NOSUID, "mode=755")
    for entry in os.scandir("/dev"):
        if entry.name in _DEVICES or entry.name.startswith(_DEVICES_OF):
            _bind(entry.path, root + entry.path)
    for name, place in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{place}", f"{root}/dev/{name}")
    for name, kind, options in (("shm", "tmpfs", "mode=1777"), ("pts", "devpts", "newinstance,ptmxmode=0666")):
        os.mkdir(f"{root}/dev/{name}")
        _mount(kind, f"{root}/dev/{name}", kind, _MS_NOSUID, options)
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")


def _drop_capabilities() -> None:
    """Leave the command what a container has: root, too, cannot undo what was set up here."""
    for capability in range(64):
        if capability not in _KEPT_CAPABILITIES:
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # it says whether the kernel knows it
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _bind(source: str, target: str) -> None:
    """Show a file or folder of the host at another place, with what is mounted below it."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    _mount(source, target, None, _MS_BIND | _MS_REC)


def _make_read_only(target: str, *, recursive: bool = True) -> None:
    """Make a mount read-only, and those below it; Linux can since 5.12."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    _check(result, f"mount_setattr {target}")


def _mount(source: "str | None", target: str, kind: "str | None", flags: int, options: str = "") -> None:
    def encoded(text: "str | None") -> "bytes | None":
        return None if text is None else os.fsencode(text)

    result = _libc.mount(
        encoded(source), encoded(target), encoded(kind), ctypes.c_ulong(flags), encoded(options or None)
    )
    _check(result, f"mount {target}")


def _check(result: int, step: str) -> None:
    if result != 0:
        raise SetUpError(f"{step}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    _at = sys.argv.index("--")
    sys.exit(run(sys.argv[1:_at], sys.argv[_at + 1 :]))
