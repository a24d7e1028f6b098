"""What is held about a person, as a file."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.tables import as_download


def report_response(report: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(report, json_dumps_params={"indent": 2, "ensure_ascii": False})
    return as_download(response, "personal-data.json")
