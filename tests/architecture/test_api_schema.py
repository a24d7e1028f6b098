"""Requests made from the API's own schema, by schemathesis: whatever it thinks of, no answer is a fault of ours (5xx)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

from apps.accounts.models import Organisation, User
from tests.architecture.instances import Belongings, model_of
from tests.conftest import ApiClient

EXAMPLES = 2

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@schemathesis.serializer("application/offset+octet-stream", "text/csv")
def _as_it_is(_context: Any, value: Any) -> Any:
    """Schemathesis asks for one before it makes a body of a kind that it does not know."""
    return value


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    return [result.ok() for result in schema.get_all_operations()]


def test_no_documented_request_breaks_the_api(
    tea_house: Organisation, alice: User, alice_api: ApiClient
) -> None:
    belongings, faults = Belongings(tea_house, alice), []
    alice_api.raise_request_exception = False
    for operation in operations():
        faults += _faults_of(operation, belongings, alice_api)

    assert faults == []


def _faults_of(operation: Any, belongings: Belongings, client: ApiClient) -> list[str]:
    faults: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        # Ids of rows that are there, or the view would not look at the rest.
        case.path_parameters = {name: _id(name, value) for name, value in case.path_parameters.items()}
        with transaction.atomic():
            answer = _sent(client, case)
            transaction.set_rollback(True)
        if answer.status_code >= 500 and answer.status_code not in (503, 507):
            asked = f"{case.method} {case.formatted_path} {case.query!r} {case.body!r}"
            faults.append(f"{asked[:400]} → {answer.status_code}")

    def _id(name: str, value: Any) -> Any:
        model = model_of(name)
        return str(belongings.one(model).pk) if model else value

    call()
    return faults[:1]


def _sent(client: ApiClient, case: Any) -> Any:
    path = f"{case.formatted_path}?{urlencode(case.query or {}, doseq=True)}"
    headers = {name: str(value) for name, value in (case.headers or {}).items() if name != "Authorization"}
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        fields = {name: _field(value) for name, value in case.body.items()}
        return client.generic(
            case.method, path, encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT, headers=headers
        )
    has_body = not isinstance(case.body, NotSet)
    body = json.dumps(case.body, default=str) if has_body else ""
    return client.generic(case.method, path, body, case.media_type or "application/json", headers=headers)


def _field(value: Any) -> Any:
    return SimpleUploadedFile("a.txt", value) if isinstance(value, bytes) else str(value)
