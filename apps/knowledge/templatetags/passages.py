from typing import Any

from django import template

from apps.knowledge.chunking import Prose, prose_and_tables

register = template.Library()


@register.inclusion_tag("knowledge/passage_text.html")
def passage_text(text: str) -> dict[str, Any]:
    """A passage as people read it: its tables as tables."""
    parts = [
        {"text": part.text.strip("\n")}
        if isinstance(part, Prose)
        else {"header": part[0].cells, "rows": [row.cells for row in part[1:]]}
        for part in prose_and_tables(text)
    ]
    return {"parts": parts}
