from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import validated_body
from apps.log_analysis.templates import acts, selectors, services
from apps.log_analysis.templates.forms import MAX_PARAMETERS
from apps.log_analysis.templates.models import LogTemplate
from apps.resources.api import RowsViewSet


class LogTemplateSerializer(serializers.ModelSerializer[LogTemplate]):
    """`<*>` in the text stands for a value, `<**>` for several words. `records_count` is without merged ones."""

    class Meta:
        model = LogTemplate
        fields = ["id", "source", "key", "text", "name", "severity", "is_named_by_person", "merged_into"]
        fields += ["records_count", "first_seen_at", "last_seen_at"]
        read_only_fields = [name for name in fields if name not in ("name", "severity")]


class TemplateMergeSerializer(serializers.Serializer[Any]):
    into = serializers.UUIDField()


class TemplateSplitSerializer(serializers.Serializer[Any]):
    """`parameter` counts from 1, as it stands in the template."""

    parameter = serializers.IntegerField(min_value=1, max_value=MAX_PARAMETERS)
    undo = serializers.BooleanField(default=False)


class LogTemplateViewSet(RowsViewSet[LogTemplate]):
    """What records of one kind have in common, by id; merged ones name what they were merged into."""

    rows = selectors.all_templates
    serializer_class = LogTemplateSerializer
    filterset_fields = ["source", "severity", "key", "merged_into"]
    permissions = {
        "list": "logs.view",
        "retrieve": "logs.view",
        "partial_update": "logs.manage",
    }

    def partial_update(self, request: Request, log_template_id: UUID) -> Response:
        """What a person calls it and how grave it is; what is not sent stays."""
        template = self.get_object()
        fields = validated_body(request, LogTemplateSerializer, template)
        changed_template = services.change_template(
            actor_of(request),
            template,
            name=fields.get("name", template.name),
            severity=fields.get("severity", template.severity),
        )
        return Response(self.get_serializer(changed_template).data)

    merge = ApiAct(
        acts.MERGE_LOG_TEMPLATE,
        "Show and count it with another of its source, now and for what is still to come. Answers the other.",
        body=TemplateMergeSerializer,
    )
    part = ApiAct(acts.PART_LOG_TEMPLATE, "Take a merge back.")
    split = ApiAct(
        acts.SPLIT_LOG_TEMPLATE,
        "Let each word at a parameter make a template of its own, in records that are still to come.",
        body=TemplateSplitSerializer,
    )
