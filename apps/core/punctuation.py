"""Marks that Chinese writes in its own width."""

from django.utils.translation import pgettext


def colon() -> str:
    """Between a label and what it labels, with the space that follows it in English."""
    return pgettext("after a label", ": ")


def sentences(first: object, second: object) -> str:
    """One after the other: Chinese has no space between them."""
    return pgettext("two sentences", "%(first)s %(second)s") % {"first": first, "second": second}
