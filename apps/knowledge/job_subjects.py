from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.jobs import subjects
from apps.jobs.subjects import Asked, Subject
from apps.knowledge import job_types
from apps.knowledge.models import Collection, Document


def of_documents(actor: Actor, jobs: list[Asked]) -> Mapping[UUID, Subject]:
    ids = [each.inputs["document_id"] for each in jobs if each.inputs.get("document_id")]
    titles = dict(Document.objects.within(actor.organisation).filter(pk__in=ids).values_list("pk", "title"))
    return {
        each.job_id: Subject(titles[UUID(row_id)], reverse("knowledge:document", args=[row_id]))
        for each in jobs
        if (row_id := each.inputs.get("document_id")) and UUID(row_id) in titles
    }


def of_collections(actor: Actor, jobs: list[Asked]) -> Mapping[UUID, Subject]:
    ids = [each.inputs["collection_id"] for each in jobs if each.inputs.get("collection_id")]
    names = dict(Collection.objects.within(actor.organisation).filter(pk__in=ids).values_list("pk", "name"))
    return {
        each.job_id: Subject(names[UUID(row_id)], reverse("knowledge:collection", args=[row_id]))
        for each in jobs
        if (row_id := each.inputs.get("collection_id")) and UUID(row_id) in names
    }


subjects.register(job_types.INGEST_DOCUMENT.name, resolver=of_documents)
subjects.register(job_types.REEMBED_COLLECTION.name, resolver=of_collections)
