"""Prompts as pages name them."""

from django import template

from apps.inference.prompt_catalogue import prompt_titles

register = template.Library()


@register.filter
def prompt_names(versions: str) -> str:
    """What people call the prompts of “write_copy@4486… repair_copy@0dec…”; a name that is shipped no more stays."""
    titles = prompt_titles()
    names = [each.partition("@")[0] for each in versions.split()]
    return " · ".join(str(titles.get(name, name)) for name in dict.fromkeys(names))
