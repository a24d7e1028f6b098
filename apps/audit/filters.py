import django_filters

from apps.audit.models import AuditEntry
from apps.core.forms import CodeFilter


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]
    action = CodeFilter(lookup_expr="istartswith")
    actor = CodeFilter()
    actor_name = django_filters.CharFilter(lookup_expr="icontains")
    target_type = CodeFilter()
    target_id = CodeFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: list[str] = []
