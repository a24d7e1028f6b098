"""What the person who runs this installation has chosen: the environment, and `.env` in the project root."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from config.env import Env
from stack.errors import StackError, unusable_settings
from stack.layout import PROJECT_ROOT

# A letter or two that are wrong, missing or in another place.
LIKENESS = 0.87

ENV_FILE = PROJECT_ROOT / ".env"


def chosen_settings(env_file: Path = ENV_FILE) -> dict[str, str]:
    """Variables of the environment win over those in the file, empty ones too: they take back what the file says.
    Raises StackError for a file that is not UTF-8.
    """
    return {name: value for name, value in _settings_in(env_file).items() if value} | os.environ


def misspelt_settings(env_file: Path = ENV_FILE) -> dict[str, str]:
    """Names in the file that are no setting and look like one → that one. Others may be meant for other programs."""
    known = [name.upper() for name in Env.model_fields]
    strangers = [name for name in _settings_in(env_file) if name.upper() not in known]
    nearest = {name: get_close_matches(name.upper(), known, n=1, cutoff=LIKENESS) for name in strangers}
    return {name: found[0] for name, found in nearest.items() if found}


def _settings_in(env_file: Path) -> dict[str, str | None]:
    try:
        return dotenv_values(env_file) if env_file.exists() else {}
    except UnicodeDecodeError as error:
        # Editors on a Chinese Windows write GBK where they are not told otherwise.
        raise StackError(f"{env_file} is not in UTF-8. Save it anew in that encoding.") from error


def checked_settings(settings: Mapping[str, str]) -> Env:
    """The same settings, checked. Raises StackError, which names each that is wrong."""
    values = {name.lower(): value for name, value in settings.items() if name.lower() in Env.model_fields}
    try:
        return Env(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        raise StackError(unusable_settings(error)) from error
