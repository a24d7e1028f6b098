from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import acts, confirmations, selectors, services
from apps.accounts.access import MEMBER, actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, ApiKeyQuerySet, Confirmation, Invitation, Membership, Organisation
from apps.accounts.permissions import role_choices
from apps.core.api import validated_body
from apps.core.errors import PermissionDenied
from apps.core.models import OrganisationQuerySet


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    class Meta:
        model = Organisation
        fields = ["id", "name", "slug", "output_language", "created_at"]
        read_only_fields = ["id", "slug", "created_at"]


class MeSerializer(serializers.Serializer[Actor]):
    """Who the key or session is, and what it may do."""

    organisation = OrganisationSerializer()
    kind = serializers.SerializerMethodField()
    name = serializers.CharField()
    email = serializers.SerializerMethodField()
    role = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()

    def get_kind(self, actor: Actor) -> str:
        return "member" if actor.member else "api_key"

    def get_email(self, actor: Actor) -> str | None:
        return actor.member.user.email if actor.member else None

    def get_role(self, actor: Actor) -> str | None:
        return actor.member.role if actor.member else None

    def get_permissions(self, actor: Actor) -> list[str]:
        return sorted(actor.permissions)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "name", "email", "role", "is_active", "joined_at"]
        read_only_fields = ["id", "is_active", "joined_at"]


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "created_at", "expires_at"]
        read_only_fields = ["id", "created_at", "expires_at"]


class AcceptanceSerializer(serializers.Serializer[Invitation]):
    token = serializers.CharField(max_length=100)


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "allowed_addresses",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        ]
        read_only_fields = ["id", "prefix", "created_at", "last_used_at", "revoked_at"]


class NewApiKeySerializer(ApiKeySerializer):
    """The only answer that ever shows the token."""

    token = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "token"]


class ConfirmationSerializer(serializers.ModelSerializer[Confirmation]):
    class Meta:
        model = Confirmation
        fields = [
            "id",
            "change",
            "subject",
            "state",
            "requested_by",
            "created_at",
            "decided_by",
            "decided_at",
        ]
        read_only_fields = fields


class MeView(APIView):
    permissions = MEMBER

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The caller: its organisation, role and permissions."""
        return Response(MeSerializer(actor_of(request)).data)


class OrganisationView(APIView):
    permissions = {"GET": MEMBER, "PATCH": "organisation.manage"}

    @extend_schema(responses=OrganisationSerializer)
    def get(self, request: Request) -> Response:
        """The organisation of the key or session."""
        return Response(OrganisationSerializer(actor_of(request).organisation).data)

    @extend_schema(request=OrganisationSerializer, responses=OrganisationSerializer)
    def patch(self, request: Request) -> Response:
        """Rename it, or choose the language that models write in."""
        actor = actor_of(request)
        body = validated_body(request, OrganisationSerializer, actor.organisation)
        current = {"name": actor.organisation.name, "output_language": actor.organisation.output_language}
        organisation = services.change_organisation(actor, **{**current, **body})
        return Response(OrganisationSerializer(organisation).data)


class SignInRulesSerializer(serializers.ModelSerializer[Organisation]):
    second_factor_roles = serializers.ListField(child=serializers.ChoiceField(role_choices()))

    class Meta:
        model = Organisation
        fields = ["second_factor_roles", "idle_minutes"]


class SignInRulesView(APIView):
    permissions = {"GET": "organisation.manage", "PATCH": "organisation.manage"}
    asks_password = ("PATCH",)

    @extend_schema(responses=SignInRulesSerializer)
    def get(self, request: Request) -> Response:
        """What the organisation asks of its members when they sign in."""
        return Response(SignInRulesSerializer(actor_of(request).organisation).data)

    @extend_schema(request=SignInRulesSerializer, responses=SignInRulesSerializer)
    def patch(self, request: Request) -> Response:
        """Say who needs a second factor, and after how many minutes without activity people are signed out."""
        actor = actor_of(request)
        body = validated_body(request, SignInRulesSerializer, actor.organisation)
        current = SignInRulesSerializer(actor.organisation).data
        organisation = services.change_sign_in_rules(actor, **{**current, **body})
        return Response(SignInRulesSerializer(organisation).data)


class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Membership]):
    """The people of your organisation."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    lookup_url_kwarg = "membership_id"
    permissions = "organisation.manage"
    asks_password = ("partial_update", "reactivate")

    def get_queryset(self) -> OrganisationQuerySet[Membership]:
        return selectors.members(actor_of(self.request).organisation)

    def partial_update(self, request: Request, membership_id: UUID) -> Response:
        """Give the member another role. The last owner stays an owner."""
        member = self.get_object()
        serializer = self.get_serializer(member, data=request.data)
        serializer.is_valid(raise_exception=True)
        updated_member = services.change_role(
            actor_of(request), member, role=serializer.validated_data["role"]
        )
        return Response(self.get_serializer(updated_member).data)

    deactivate = ApiAct(acts.DEACTIVATE_MEMBER, "Shut the member out at once. What they made stays.")
    reactivate = ApiAct(acts.REACTIVATE_MEMBER, "Let the member in again, with the role they had.")


class InvitationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Invitation]):
    """Open invitations. Each is a mailed link for one address."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    lookup_url_kwarg = "invitation_id"
    permissions = {
        "list": "organisation.manage",
        "create": "organisation.manage",
        "accept": MEMBER,
    }
    asks_password = ("create",)

    def get_queryset(self) -> OrganisationQuerySet[Invitation]:
        return selectors.open_invitations(actor_of(self.request).organisation)

    def create(self, request: Request) -> Response:
        """Mail an invitation. One to the same address replaces it."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        new = services.invite_member(actor_of(request), **serializer.validated_data)
        return Response(self.get_serializer(new.invitation).data, status=status.HTTP_201_CREATED)

    destroy = ApiDelete(acts.REVOKE_INVITATION)

    @extend_schema(request=AcceptanceSerializer, responses=MemberSerializer)
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        """Join another organisation. Only people can, in a session of their own."""
        member = actor_of(request).member
        if member is None:
            raise PermissionDenied
        body = validated_body(request, AcceptanceSerializer)
        membership = services.accept_invitation(member.user, token=body["token"])
        return Response(MemberSerializer(membership).data)


class ApiKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ApiKey]):
    """Keys of other systems. A key can do at most what its maker may do."""

    queryset = ApiKey.objects.none()
    serializer_class = ApiKeySerializer
    lookup_url_kwarg = "api_key_id"
    permissions = dict.fromkeys(("list", "retrieve", "create"), "keys.manage")
    asks_password = ("create",)

    def get_queryset(self) -> ApiKeyQuerySet:
        return selectors.api_keys(actor_of(self.request).organisation)

    @extend_schema(request=ApiKeySerializer, responses={201: NewApiKeySerializer})
    def create(self, request: Request) -> Response:
        """Make a key. `token` is in this answer only: it is not stored and cannot be shown again."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        new = services.create_api_key(actor_of(request), **serializer.validated_data)
        answer = {**self.get_serializer(new.key).data, "token": new.token}
        return Response(answer, status=status.HTTP_201_CREATED)

    destroy = ApiDelete(
        acts.REVOKE_API_KEY, "Revoke the key. It stops working with the next request and stays in the list."
    )


class ConfirmationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Confirmation]
):
    """Changes that an owner has to confirm before they are made. Only an owner's own session decides."""

    queryset = Confirmation.objects.none()
    serializer_class = ConfirmationSerializer
    lookup_url_kwarg = "confirmation_id"
    permissions = "organisation.manage"
    asks_password = ("confirm", "refuse")

    def get_queryset(self) -> OrganisationQuerySet[Confirmation]:
        return confirmations.confirmation_list(actor_of(self.request).organisation)

    confirm = ApiAct(acts.CONFIRM_CHANGE, "Make the change.")
    refuse = ApiAct(acts.REFUSE_CHANGE, "Leave everything as it is.")
