from typing import Any

from django import template

from apps.accounts import switches
from apps.evaluation import adapters

register = template.Library()


@register.inclusion_tag("evaluation/add_to_exam.html", takes_context=True)
def add_to_exam(
    context: Any, kind: str, key: object, part: object = "", look: str = "button button-small"
) -> dict[str, Any]:
    """A button, or an entry of a menu, for each desk whose questions may begin with such work, for whoever may add them."""
    actor = context["actor"]
    work = f"{kind}:{key}:{part}" if part else f"{kind}:{key}"
    found = [
        each.url("new_question")
        for each in adapters.all_adapters()
        if each.work_set
        and switches.is_on(actor.organisation.pk, each.desk)
        and actor.may(each.manage_permission)
    ]
    return {"urls": found, "work": work, "look": look, "icon_size": "small" if "button-small" in look else ""}
