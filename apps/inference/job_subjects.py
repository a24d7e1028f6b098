from django.urls import reverse

from apps.inference import job_types
from apps.inference.models import Endpoint
from apps.jobs.subjects import Subject, of_rows, register

of_endpoints = of_rows(
    Endpoint.objects.visible_to,
    lambda endpoint: Subject(str(endpoint.title), reverse("inference:endpoint", args=[endpoint.pk])),
    input_name="endpoint_id",
    permission="inference.view",
)

register(job_types.CHECK_CONTRACT.name, job_types.TRY_ENDPOINT.name, resolver=of_endpoints)
