"""What is held about a person, as a file."""

from typing import Any

from django.http import HttpResponse, JsonResponse


def report_response(report: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(report, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    response["Cache-Control"] = "no-store"
    return response
