"""The templates that come with the product. A hospital's own begin as copies of them or include them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from domain.clinical.records.template import Template, resolve_template

TEMPLATES = Path(__file__).with_name("templates")


@cache
def by_key() -> Mapping[str, Template]:
    """All of them as written: what they include is named and not yet put in."""
    paths = sorted(TEMPLATES.glob("*.toml"))
    read = [Template.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return MappingProxyType({template.key: template for template in read})


def resolve(key: str) -> Template:
    """One template with the sections of all it includes. Raises KeyError for a key that is none of ours."""
    return resolve_template(by_key()[key], by_key())
