"""Nothing that a test committed is there for the next one."""

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from tests.committed_rows import delete_committed_rows


@pytest.mark.django_db(transaction=True)
def test_all_rows_go_and_what_migrations_wrote_stays(tea_house: Organisation) -> None:
    """The trail's too, of which nobody else can delete a line."""
    permissions = Permission.objects.count()
    assert AuditEntry.objects.exists()

    delete_committed_rows()

    assert [model.objects.count() for model in (Organisation, User, AuditEntry)] == [0, 0, 0]
    assert Permission.objects.count() == permissions > 0
