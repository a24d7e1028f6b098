"""The prompts that come with the desks: Markdown files in the `prompts` folders of their topics."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext

from apps.core import desks
from apps.core.desks import Desk
from apps.core.errors import NotFound, Text
from llm_backend import prompts
from llm_backend.prompts import Prompt

# Beside the prompts: values of their variables, by the name of the prompt, for trying them.
SAMPLES = "samples.yaml"


@dataclass(frozen=True)
class ShippedPrompt:
    desk: Desk
    path: Path

    @property
    def name(self) -> str:
        """Each name is there once, over all desks together: calls are counted by it."""
        return self.path.stem

    @property
    def reader_permission(self) -> str:
        """What shows the content that fills it; empty where the desk names nothing, so that nobody has it."""
        topic = self.path.relative_to(self.desk.folder).parts[0]
        return self.desk.prompt_readers.get(topic, self.desk.prompt_readers.get("", ""))

    @property
    def prompt(self) -> Prompt:
        return prompts.load(self.path)

    @property
    def sample(self) -> dict[str, Any]:
        """Values for trying it; of a prompt without any, empty ones."""
        samples = self.path.with_name(SAMPLES)
        known: dict[str, dict[str, Any]] = (
            yaml.safe_load(samples.read_text(encoding="utf-8")) if samples.exists() else {}
        )
        return dict.fromkeys(self.prompt.settings.variables, "") | known.get(self.name, {})


@cache
def shipped_prompts() -> dict[str, ShippedPrompt]:
    """The prompts by name, in the order of the desks."""
    found = [
        ShippedPrompt(desk, path)
        for desk in desks.all_desks()
        for path in sorted(desk.folder.glob("**/prompts/*.md"))
    ]
    return {each.name: each for each in found}


def prompt_titles() -> dict[str, Text]:
    """By name, in the language of whoever reads."""
    return {name: gettext(shipped.prompt.settings.title) for name, shipped in shipped_prompts().items()}


def shipped_prompt(name: str) -> ShippedPrompt:
    """Raises NotFound."""
    if name not in shipped_prompts():
        raise NotFound
    return shipped_prompts()[name]
