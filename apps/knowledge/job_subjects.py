from django.urls import reverse

from apps.jobs.subjects import Subject, of_rows, register
from apps.knowledge import job_types
from apps.knowledge.models import Collection, Document

of_documents = of_rows(
    lambda organisation: Document.objects.within(organisation).only("title"),
    lambda document: Subject(document.title, reverse("knowledge:document", args=[document.pk])),
    input_name="document_id",
)
of_collections = of_rows(
    lambda organisation: Collection.objects.within(organisation).only("name"),
    lambda collection: Subject(collection.name, reverse("knowledge:collection", args=[collection.pk])),
    input_name="collection_id",
)

register(job_types.INGEST_DOCUMENT.name, resolver=of_documents)
register(job_types.REEMBED_COLLECTION.name, resolver=of_collections)
