from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import BoundedJSONParser, validated_body
from apps.core.errors import InvalidInput
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.briefs import selectors, services
from apps.marketing.briefs.contradictions import contradictions
from apps.marketing.briefs.models import Brief, BriefFact, BriefSource, Industry
from apps.marketing.briefs.resources import BRIEFS
from apps.resources.api import ApiRead, ResourceViewSet

LINES = ("must_say", "must_not_say", "brand_terms", "links")


class BriefFactSerializer(serializers.ModelSerializer[BriefFact]):
    """`sentence`: where it was read. What is not confirmed was proposed by a model and does not count."""

    name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    value = serializers.CharField(max_length=300)

    class Meta:
        model = BriefFact
        fields = ["id", "name", "value", "sentence", "is_confirmed"]
        read_only_fields = ["id", "sentence", "is_confirmed"]


class ContradictionSerializer(serializers.Serializer[Any]):
    """`is_blocking`: no copy could keep to it, so none is written."""

    reason = serializers.CharField()
    is_blocking = serializers.BooleanField()


class BriefSerializer(serializers.ModelSerializer[Brief]):
    """`brand_terms`: lines such as “tea house = Tea House”, the wrong spelling first."""

    facts = serializers.SerializerMethodField()
    contradictions = serializers.SerializerMethodField()

    class Meta:
        model = Brief
        fields = ["id", "product", "language", "audience", "goal", "voice", *LINES, "industries", "facts"]
        fields += ["contradictions", "created_at"]
        read_only_fields = fields

    @extend_schema_field(BriefFactSerializer(many=True))
    def get_facts(self, brief: Brief) -> Any:
        return BriefFactSerializer(selectors.fact_list(brief), many=True).data

    @extend_schema_field(ContradictionSerializer(many=True))
    def get_contradictions(self, brief: Brief) -> Any:
        return ContradictionSerializer(contradictions(brief), many=True).data


class BriefBodySerializer(serializers.Serializer[Any]):
    """`facts` takes the place of all that were confirmed; without it they stay."""

    product = serializers.CharField(max_length=200)
    language = serializers.ChoiceField(Brief.Language.choices, required=False)
    audience = serializers.CharField(max_length=500, required=False, allow_blank=True)
    goal = serializers.CharField(max_length=500, required=False, allow_blank=True)
    voice = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    must_say = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    must_not_say = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    brand_terms = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    links = serializers.ListField(child=serializers.CharField(max_length=500), required=False)
    industries = serializers.ListField(child=serializers.ChoiceField(Industry.choices), required=False)
    facts = BriefFactSerializer(many=True, required=False)


class BriefSourceSerializer(BackedByJobSerializer[BriefSource]):
    """Follow the job; facts that it proposes stand in the brief, a voice takes the place of the brief's."""

    class Meta:
        model = BriefSource
        fields = ["id", "brief", "kind", "name", "state", "job", "created_at"]
        read_only_fields = fields


class SourceBodySerializer(serializers.Serializer[Any]):
    """One of them: the address of a page, or texts in the brand's voice."""

    url = serializers.CharField(max_length=500, required=False)
    samples = serializers.CharField(max_length=services.MAX_SAMPLES_CHARACTERS, required=False)


class DocumentBodySerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=200, allow_empty_file=True)


class BriefViewSet(ResourceViewSet[Brief]):
    """Products and their facts, newest first."""

    resource = BRIEFS
    serializer_class = BriefSerializer
    input_serializer_class = BriefBodySerializer
    permissions = dict.fromkeys(("sources", "add_source", "confirm_fact"), BRIEFS.read)

    def get_parsers(self) -> list[parsers.BaseParser]:
        return [BoundedJSONParser(), parsers.MultiPartParser()]

    sources = ApiRead(
        lambda brief: selectors.sources(brief)[:50],
        BriefSourceSerializer(many=True),
        "What was read for it, the latest first.",
    )

    @extend_schema(
        request={"application/json": SourceBodySerializer, "multipart/form-data": DocumentBodySerializer},
        responses={202: BriefSourceSerializer},
    )
    @sources.mapping.post
    def add_source(self, request: Request, brief_id: UUID) -> Response:
        """Have a page (`url`) or a document (`file`) read for facts, or describe the voice of `samples`."""
        actor, brief = actor_of(request), self.get_object()
        if "file" in request.FILES:
            file = validated_body(request, DocumentBodySerializer)["file"]
            source = services.read_document(actor, brief, file=file)
        else:
            body = validated_body(request, SourceBodySerializer)
            if "url" in body:
                source = services.read_page(actor, brief, url=body["url"])
            elif "samples" in body:
                source = services.learn_voice(actor, brief, samples=body["samples"])
            else:
                raise InvalidInput
        return Response(BriefSourceSerializer(source).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=BriefSerializer)
    @action(
        detail=True,
        methods=["post"],
        filterset_class=None,
        url_path=r"facts/(?P<brief_fact_id>[0-9a-f-]{36})/confirm",
    )
    def confirm_fact(self, request: Request, brief_id: UUID, brief_fact_id: UUID) -> Response:
        """A fact that was proposed counts from now on."""
        brief = self.get_object()
        services.confirm_fact(actor_of(request), selectors.fact_list(brief).one(pk=brief_fact_id))
        return Response(BriefSerializer(brief).data)
