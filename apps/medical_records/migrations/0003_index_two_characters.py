from typing import Any

from django.db import migrations

from apps.core.errors import ApplicationError
from apps.vault import encryption

ROWS_AT_ONCE = 500


def index_anew(apps: Any, schema_editor: Any) -> None:
    """Without the terms of single characters. Rows that nobody can open keep theirs off the index altogether."""
    patients = apps.get_model("medical_records", "Patient").objects.filter(erased_at=None)
    for patient in patients.only("organisation_id", "name", "number").iterator(chunk_size=ROWS_AT_ONCE):
        try:
            terms = encryption.index_terms(patient.organisation_id, [patient.name, patient.number])
        except ApplicationError:
            terms = []
        patients.filter(pk=patient.pk).update(index_terms=terms)


class Migration(migrations.Migration):
    dependencies = [("medical_records", "0002_confirmed_code_record"), ("vault", "0002_bind_seals")]

    operations = [migrations.RunPython(index_anew, migrations.RunPython.noop)]
