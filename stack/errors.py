from pydantic import ValidationError


class StackError(Exception):
    """Something the person at the terminal has to know, with what to do about it."""


def unusable_settings(error: ValidationError) -> str:
    wrong = [f"  {'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "\n".join(["These settings cannot be used. Correct them in the environment or in .env:", *wrong])
