from typing import Any

from django import template

from domain.documents.grids import text_and_rows

register = template.Library()


@register.inclusion_tag("knowledge/passage_text.html")
def passage_text(text: str) -> dict[str, Any]:
    """A passage as people read it: its tables as tables."""
    parts = [
        {"text": part.strip("\n")} if isinstance(part, str) else {"header": part[0], "rows": part[1:]}
        for part in text_and_rows(text)
    ]
    return {"parts": parts}
