"""What the person who runs this installation has chosen: the environment, and `.env` in the project root."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from config.env import Env
from stack.errors import StackError, unusable_settings
from stack.layout import PROJECT_ROOT


def chosen_settings(env_file: Path = PROJECT_ROOT / ".env") -> dict[str, str]:
    """Variables of the environment win over those in the file, empty ones too: they take back what the file says.
    Raises StackError for a file that is not UTF-8.
    """
    try:
        in_file = dotenv_values(env_file) if env_file.exists() else {}
    except UnicodeDecodeError as error:
        # Editors on a Chinese Windows write GBK where they are not told otherwise.
        raise StackError(f"{env_file} is not in UTF-8. Save it anew in that encoding.") from error
    return {name: value for name, value in in_file.items() if value} | os.environ


def checked_settings(settings: Mapping[str, str]) -> Env:
    """The same settings, checked. Raises StackError, which names each that is wrong."""
    values = {name.lower(): value for name, value in settings.items() if name.lower() in Env.model_fields}
    try:
        return Env(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        raise StackError(unusable_settings(error)) from error
