"""What is switched on. The rows and their check lie below, in `apps.accounts.switches`, where people are let in."""

from apps.accounts import switches
from apps.accounts.models import Organisation


def is_on(organisation: Organisation, desk_or_tool: str) -> bool:
    """`desk_or_tool`: the name of a desk, or of a kind of job, which is off with its desk as well. From memory."""
    return switches.is_on(organisation.pk, desk_or_tool)
