from django.urls import reverse

from apps.jobs.subjects import Subject, of_rows, register
from apps.translation import job_types
from apps.translation.models import Translation

of_translations = of_rows(
    lambda organisation: Translation.objects.within(organisation).defer("content"),
    lambda row: Subject(row.name, reverse("translation:translation", args=[row.pk])),
)

register(job_types.TRANSLATE_TEXT.name, job_types.TRANSLATE_DOCUMENT.name, resolver=of_translations)
