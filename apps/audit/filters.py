import django_filters

from apps.audit.models import AuditEntry


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]
    action = django_filters.CharFilter(lookup_expr="istartswith")
    actor = django_filters.CharFilter()
    actor_name = django_filters.CharFilter(lookup_expr="icontains")
    target_type = django_filters.CharFilter()
    target_id = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: list[str] = []
