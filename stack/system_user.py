"""PostgreSQL refuses to run as root: there it gets a system user with no more access than it needs."""

import errno
import os
import pwd
import stat
import struct
import subprocess
from pathlib import Path

from stack.errors import StackError

NAME = "kongming-db"
ACL = "system.posix_acl_access"
# The kernel's numbers for entries of an access control list, from its posix_acl_xattr.h.
ACL_VERSION = 2
USER_OWNER, USER, GROUP_OWNER, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
# The id in entries that name nobody.
NOBODY = 0xFFFFFFFF
# “Execute”, which on a directory means to pass through it.
SEARCH = 1


def database_user() -> pwd.struct_passwd | None:
    """The system user PostgreSQL runs as, made when missing; None unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return _make_user()


def _make_user() -> pwd.struct_passwd:
    command = [
        "useradd",
        "--system",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/bin/false",
        NAME,
    ]
    try:
        process = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StackError(
            f"Add a system user named {NAME} (useradd is missing here), or run as an ordinary user."
        ) from error
    # 9: somebody made it since we looked.
    if process.returncode not in (0, 9):
        raise StackError(
            f"Could not add the system user {NAME}: {process.stderr.strip()}\nOr run as an ordinary user."
        )
    return pwd.getpwnam(NAME)


def give(path: Path, owner: pwd.struct_passwd) -> None:
    os.chown(path, owner.pw_uid, owner.pw_gid)


def let_pass(path: Path, user: pwd.struct_passwd) -> None:
    """Let `user`, and nobody else, walk through the parents of `path` without listing them."""
    for parent in path.resolve().parents:
        status = parent.stat()
        is_owner = status.st_uid == user.pw_uid
        is_open = bool(status.st_mode & (stat.S_IXUSR if is_owner else stat.S_IXOTH))
        if is_open:
            continue
        entries = _read_acl(parent)
        # A later chmod can have masked an entry of the user's own.
        mask = next((permissions for tag, permissions, _ in entries if tag == MASK), SEARCH)
        may_pass = any(
            tag == USER and who == user.pw_uid and permissions & mask & SEARCH
            for tag, permissions, who in entries
        )
        if is_owner or not may_pass:
            _grant_search(parent, user)


def _read_acl(directory: Path) -> list[tuple[int, int, int]]:
    """(tag, permissions, id) of each entry; the mode bits where no list was set."""
    try:
        raw = os.getxattr(directory, ACL)
    except OSError as error:
        # No list was ever set, or the file system knows none.
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
        mode = directory.stat().st_mode
        bits = {USER_OWNER: mode >> 6 & 7, GROUP_OWNER: mode >> 3 & 7, OTHER: mode & 7}
        return [(tag, permissions, NOBODY) for tag, permissions in bits.items()]
    return [struct.unpack_from("<HHI", raw, offset) for offset in range(4, len(raw), 8)]


def _grant_search(directory: Path, user: pwd.struct_passwd) -> None:
    entries = [
        entry for entry in _read_acl(directory) if entry[0] != MASK and entry[::2] != (USER, user.pw_uid)
    ]
    entries.append((USER, SEARCH, user.pw_uid))
    # The mask caps what users and groups may: it has to hold all that any of them is given.
    mask = 0
    for tag, permissions, _ in entries:
        mask |= permissions if tag in (USER, GROUP_OWNER) else 0
    entries.append((MASK, mask, NOBODY))
    # The kernel refuses entries that are not in the order of their tags.
    acl_bytes = b"".join(
        struct.pack("<HHI", tag, permissions, who) for tag, permissions, who in sorted(entries)
    )
    try:
        os.setxattr(directory, ACL, struct.pack("<I", ACL_VERSION) + acl_bytes)
    except OSError as error:
        raise StackError(
            f"The database runs as the user {user.pw_name}, who may not pass through {directory}.\n"
            f"Allow it (chmod o+x), set KONGMING_STATE_DIR to another place, or run as an ordinary user."
        ) from error
