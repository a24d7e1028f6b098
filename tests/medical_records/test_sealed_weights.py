"""What was learnt from confirmed codes holds fragments of what people wrote: the database does not show them."""

import pytest
from django.db import connection

from apps.accounts.models import Organisation
from apps.medical_records.coding.models import Catalogue

LEARNT = b"PK\x03\x04 \xe6\xac\xa7\xe9\x98\xb3"


@pytest.fixture
def catalogue(tea_house: Organisation) -> Catalogue:
    return Catalogue.objects.create(
        organisation=tea_house, system="icd10", name="ICD-10", language="zh", weights=LEARNT
    )


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT weights FROM medical_records_catalogue")
        return str(cursor.fetchone()[0])


def test_what_was_learnt_is_sealed(catalogue: Catalogue) -> None:
    assert LEARNT.hex() not in stored()
    assert Catalogue.objects.get().weights == LEARNT
