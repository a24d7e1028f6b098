"""SCIM's resources over the rows of `provisioning`; scim2-server reads requests, applies patches and writes answers."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Email,
    EnterpriseUser,
    ETag,
    Filter,
    Group,
    GroupMember,
    InvalidValueException,
    Meta,
    Name,
    NotFoundException,
    Patch,
    PayloadTooLargeException,
    ResourceType,
    SCIMException,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    UniquenessException,
    User,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService
from scim2_server.storage import ScimStorage, SearchPage

from apps.accounts import provisioning
from apps.accounts.actors import Actor
from apps.accounts.models import ProvisionedGroup, ProvisionedUser
from apps.core.pages import optional_uuid

MAX_RESULTS = 200
# The extension is taken, as providers send it, and not kept: we ask for no more about people than we need.
Person = User[EnterpriseUser]
# What providers look for before they create: found in the database, not among all.
COLUMNS = {
    "User": {"username": "user_name__iexact", "externalid": "external_id", "id": "pk"},
    "Group": {"displayname": "name__iexact", "externalid": "external_id", "id": "pk"},
}
SERVICE = ScimService(
    ScimProvider(
        models=[User, EnterpriseUser, Group],
        resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
        config=ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=MAX_RESULTS),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=False),
            authentication_schemes=[
                AuthenticationScheme(
                    type="oauthbearertoken", name="API key", description="A key of the organisation"
                )
            ],
        ),
    )
)


def respond(actor: Actor, request: HttpRequest, path: str) -> Any:
    """The answer, errors included; `actor` says whose people and groups."""
    asked = ScimRequest(
        method=str(request.method),
        base_url=request.build_absolute_uri("/scim/v2"),
        path=path,
        query=request.GET.dict(),
        headers={"Content-Type": request.headers.get("Content-Type", "")},
        body=request.body,
    )
    try:
        return ScimHandler(SERVICE, OrganisationStorage(actor)).handle(asked)
    except SCIMException as error:
        return SERVICE.error_response(error)


class OrganisationStorage(ScimStorage):  # type: ignore[misc]
    """Nothing of another organisation is found here."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def operation(self) -> AbstractContextManager[Any]:
        return transaction.atomic()

    def get(self, resource_type: Any, resource_id: str, **_parameters: Any) -> Any:
        return _resource(self._row(resource_type, resource_id))

    def search(self, resource_types: Any, search_request: Any, *, position: Any = None) -> Any:
        # SCIM counts from 1 (RFC 7644, 3.4.2.4).
        start, count = (search_request.start_index or 1) - 1, search_request.count or 0
        wanted = search_request.filter
        if wanted is None and len(resource_types) == 1:
            # Providers read all of thousands page by page.
            rows = self._rows(resource_types[0].name)
            return SearchPage(rows.count(), list(map(_resource, rows[start : start + count])))
        found = [
            resource
            for kind in resource_types
            for resource in map(_resource, self._candidates(kind, wanted))
            if wanted is None or wanted.match(resource)
        ]
        return SearchPage(len(found), found[start : start + count])

    def create(self, resource_type: Any, resource: Any) -> Any:
        return self._save(resource, None)

    def update(self, resource_type: Any, resource: Any, *, expected_version: str | None = None) -> Any:
        return self._save(resource, self._row(resource_type, str(resource.id)))

    def delete(self, resource_type: Any, resource_id: str, *, expected_version: str | None = None) -> None:
        row = self._row(resource_type, resource_id)
        if isinstance(row, ProvisionedUser):
            provisioning.delete_user(self._actor, row)
        else:
            provisioning.delete_group(self._actor, row)

    def _rows(self, kind: str) -> Any:
        if kind == "User":
            people = ProvisionedUser.objects.within(self._actor.organisation)
            return people.select_related("organisation", "user").prefetch_related("groups").order_by("pk")
        groups = ProvisionedGroup.objects.within(self._actor.organisation)
        return groups.prefetch_related("members").order_by("pk")

    def _row(self, resource_type: Any, resource_id: str) -> Any:
        row = self._rows(resource_type.name).filter(pk=optional_uuid(resource_id)).first()
        if row is None:
            raise NotFoundException(detail=f"{resource_type.name} {resource_id} not found")
        return row

    def _candidates(self, resource_type: Any, wanted: Any) -> Iterator[Any]:
        """All, or those with one value where the filter is nothing but one comparison of a column."""
        rows, words = self._rows(resource_type.name), str(wanted or "").split(" ", 2)
        column = COLUMNS[resource_type.name].get(words[0].lower())
        value = _only_value(words[2]) if column and len(words) == 3 and words[1].lower() == "eq" else None
        if column and value is not None:
            rows = rows.filter(**{column: optional_uuid(value) if column == "pk" else value})
        yield from rows.iterator(chunk_size=500)

    def _save(self, resource: Any, row: Any) -> Any:
        try:
            with transaction.atomic():
                if isinstance(resource, Group):
                    ids = (optional_uuid(str(each.value)) for each in resource.members or [])
                    members = {each for each in ids if each}
                    saved: Any = provisioning.save_group(self._actor, _group_values(resource), members, row)
                else:
                    saved = provisioning.save_user(self._actor, _user_values(resource), row)
        except IntegrityError as error:
            raise UniquenessException from error
        except provisioning.TooMany as error:
            raise PayloadTooLargeException(detail=str(error)) from error
        return _resource(self._rows(_type_name(saved)).get(pk=saved.pk))


def _only_value(text: str) -> str | None:
    """The text that a comparison ends with; None where more follows it, or where no column could hold it."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) and value.isprintable() else None


def _type_name(row: Any) -> str:
    """As SCIM calls it."""
    return "User" if isinstance(row, ProvisionedUser) else "Group"


def _resource(row: Any) -> Any:
    kind = _type_name(row)
    meta = Meta(resource_type=kind, created=row.created_at, last_modified=row.changed_at)
    shared = {"id": str(row.pk), "external_id": row.external_id or None, "meta": meta}
    if kind == "Group":
        members = [GroupMember(value=str(each.pk), display=str(each)) for each in row.members.all()]
        return Group(display_name=row.name, members=members or None, **shared)
    return Person(
        user_name=row.user_name,
        name=Name(given_name=row.given_name or None, family_name=row.family_name or None),
        display_name=row.display_name or None,
        emails=[Email(value=row.email, type="work", primary=True)],
        active=row.is_active,
        groups=[User.Groups(value=str(each.pk), display=each.name) for each in row.groups.all()] or None,
        **shared,
    )


def _user_values(resource: Any) -> dict[str, Any]:
    """What is kept of a person. Raises InvalidValueException where no account could ever be made."""
    emails, name = resource.emails or [], resource.name or Name()
    chosen = next((each for each in emails if each.primary), emails[0] if emails else None)
    email = (chosen.value if chosen else None) or resource.user_name or ""
    if "@" not in email or len(email) > 254 or len(resource.user_name or "") > 254:
        raise InvalidValueException(detail="A person needs an e-mail address")
    return {
        "user_name": resource.user_name,
        "external_id": (resource.external_id or "")[:254],
        "email": email,
        "given_name": (name.given_name or "")[:100],
        "family_name": (name.family_name or "")[:100],
        "display_name": (resource.display_name or name.formatted or "")[:100],
        "is_active": resource.active is not False,
    }


def _group_values(resource: Any) -> dict[str, Any]:
    name = resource.display_name or ""
    if not 0 < len(name) <= 200:
        raise InvalidValueException(detail="A group needs a name of at most 200 characters")
    return {"name": name, "external_id": (resource.external_id or "")[:254]}
