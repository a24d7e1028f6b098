import errno

from pydantic import ValidationError

FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


class StackError(Exception):
    """Something the person at the terminal has to know, with what to do about it."""


def unusable_settings(error: ValidationError) -> str:
    wrong = [f"  {'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "\n".join(["These settings cannot be used. Correct them in the environment or in .env:", *wrong])


def disk_trouble(error: OSError) -> str:
    """What a person can do about a disk that is full or does not let this user write; empty for any other trouble."""
    place = error.filename or "The disk"
    if error.errno in FULL:
        return f"{place}: {error.strerror}. Free some space, or set KONGMING_STATE_DIR to a larger disk."
    if error.errno in CLOSED:
        return (
            f"{place}: {error.strerror}. Change its owner, or set KONGMING_STATE_DIR to a directory of yours."
        )
    return ""
