from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.jobs import subjects
from apps.jobs.subjects import Asked, Subject
from apps.translation import job_types
from apps.translation.models import Translation


def of_translations(actor: Actor, asked: list[Asked]) -> Mapping[UUID, Subject]:
    rows = Translation.objects.within(actor.organisation).defer("content")
    named = rows.in_bulk([UUID(each.subject_id) for each in asked])
    return {
        each.job_id: Subject(
            named[UUID(each.subject_id)].name, reverse("translation:translation", args=[each.subject_id])
        )
        for each in asked
        if UUID(each.subject_id) in named
    }


for kind in (job_types.TRANSLATE_TEXT, job_types.TRANSLATE_DOCUMENT):
    subjects.register(kind.name, resolver=of_translations)
