"""The REST API of rows: of those that an organisation lists and reads, and of a resource."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import MethodMapper, action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import name_action
from apps.core.api import validated_body
from apps.core.models import snake_name
from apps.resources import services
from apps.resources.declaration import Resource, Row, RowList

Serializer = type[serializers.Serializer[Any]]


class ResourceSchema(AutoSchema):
    """Documents bodies that are sent by `input_serializer_class`, where a view set has one."""

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "input_serializer_class", None) or super().get_request_serializer()


class ApiRead:
    """What else there is to read of a row, as an action of a view set by the name of the attribute:

        passages = ApiRead(selectors.passage_list, PassageSerializer(many=True), pagination_class=PassagePages)

    `reads` finds it from the row; its first sentences are the description, where none is given. The view set's `permissions`
    say who may. `options`: those of `@action`.
    """

    def __init__(
        self, reads: Callable[[Any], Any], answer: Any, description: str = "", **options: Any
    ) -> None:
        self.reads, self.answer = reads, answer
        # What answers other methods at its address; the functions are named before it is.
        self.mapping = MethodMapper(type(self), [])  # type: ignore[type-var]
        self.description = description or str(reads.__doc__).partition("\n\n")[0]
        # Filters narrow the view set's own rows, not what is read of one.
        self.options = {"filter_backends": [], "pagination_class": None, **options}

    def __set_name__(self, owner: type, name: str) -> None:
        def respond(view: Any, request: Request, **_ids: Any) -> Response:
            found = self.reads(view.get_object())
            if not view.paginator:
                return Response(self.answer.to_representation(found))
            page = self.answer.to_representation(view.paginate_queryset(found))
            return cast(Response, view.get_paginated_response(page))

        name_action(respond, owner, name, self.description)
        read = action(detail=True, **self.options)(respond)
        read.mapping.update(self.mapping)
        setattr(owner, name, extend_schema(request=None, responses=self.answer)(read))


class RowsViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Row]):
    """A desk's view set names the `row_list` whose rows it shows, and its `serializer_class`. Who may read them, the list
    says; the `permissions` of other actions stand beside them.

    Where the rows are no list of the portal, it names their selector, `rows`, and all `permissions`.
    """

    row_list: ClassVar[RowList[Any] | None] = None
    # Of an organisation.
    rows: ClassVar[Callable[..., QuerySet[Any]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A view set of a desk may have a serializer for each action; the schema reads the types of ids from the model.
        model = cls.row_list.model if cls.row_list else cls.serializer_class.Meta.model  # type: ignore[union-attr]
        cls.queryset = model._default_manager.none()
        cls.lookup_url_kwarg = cls.__dict__.get("lookup_url_kwarg") or f"{snake_name(model)}_id"
        if cls.row_list:
            own = getattr(cls, "permissions", {})
            cls.permissions = own if isinstance(own, str) else cls.row_list.permissions | own  # type: ignore[attr-defined]
            if not (hasattr(cls, "filterset_class") or hasattr(cls, "filterset_fields")):
                cls.filterset_class = cls.row_list.filterset  # type: ignore[attr-defined]

    def get_queryset(self) -> QuerySet[Row]:
        actor = actor_of(self.request)
        return self.row_list.rows_for(actor) if self.row_list else type(self).rows(actor.organisation)

    def answer(self, row: Row, code: int = status.HTTP_200_OK) -> Response:
        """The row as it is now."""
        return Response(self.get_serializer(row).data, status=code)


class ResourceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Row]):
    """A desk's view set names its `resource`, its serializers, and the `permissions` of what it does besides.

    The serializers are the contract of the bodies, their types and names; what a value may be, the form says.
    """

    resource: ClassVar[Resource[Any]]
    input_serializer_class: Serializer | None = None
    schema = ResourceSchema()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.queryset = cls.resource.model._default_manager.none()
        cls.filterset_class = cls.resource.filterset  # type: ignore[attr-defined]
        cls.lookup_url_kwarg = f"{cls.resource.name}_id"
        cls.permissions = cls.resource.permissions | getattr(cls, "permissions", {})  # type: ignore[attr-defined]

    def get_queryset(self) -> QuerySet[Row]:
        return self.resource.rows_within(actor_of(self.request).organisation)

    def create(self, request: Request) -> Response:
        row = services.save(actor_of(request), self.resource, self.sent_values())
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def update(self, request: Request, *, partial: bool = False, **_ids: str) -> Response:
        row = self.get_object()  # a stranger learns nothing of the fields either
        row = services.save(actor_of(request), self.resource, self.sent_values(partial=partial), row=row)
        return Response(self.get_serializer(row).data)

    def partial_update(self, request: Request, **ids: str) -> Response:
        return self.update(request, partial=True, **ids)

    def destroy(self, request: Request, **_ids: str) -> Response:
        services.delete(actor_of(request), self.resource, self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def sent_values(self, *, partial: bool = False) -> dict[str, Any]:
        serializer_class = self.input_serializer_class or cast(Serializer, self.get_serializer_class())
        return validated_body(self.request, serializer_class, partial=partial)
