"""What records are counted by and narrowed to, as people call it."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from domain.logs.store.value_types import Field, Period, ValueType

VALUE_TYPES: dict[str, Text] = {
    ValueType.IP.value: _("IP address"),
    ValueType.USER.value: _("user"),
    ValueType.PATH.value: _("path"),
}
GROUPS: dict[str, Text] = {
    **VALUE_TYPES,
    Field.HOST.value: _("Host"),
    Field.SERVICE.value: _("Service"),
    Field.LEVEL.value: _("Level"),
    Field.TEMPLATE.value: _("Template"),
    Field.SOURCE.value: _("Source"),
    Period.HOUR.value: _("hour"),
    Period.DAY.value: _("day"),
}


def group_named(name: str) -> Field | Period | ValueType:
    """Raises ValueError."""
    for kind in (ValueType, Field, Period):
        if name in [each.value for each in kind]:
            return kind(name)
    raise ValueError(name)
