"""What passes through Redis about sealed content can be read by nobody who reads Redis."""

import pytest

from apps.accounts.models import Organisation
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.keys import clear_keys
from apps.vault.models import SealingKey
from apps.vault.stream_seal import StreamSeal, open_payload

WORDS = b"Mrs. Wang has had a headache for three days."

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(tea_house: Organisation) -> bytes:
    return StreamSeal(tea_house.pk, "job:1:events").close("1-1", WORDS)


def test_what_was_sealed_is_opened_in_its_place_and_nowhere_else(sealed: bytes) -> None:
    assert WORDS not in sealed
    assert open_payload("job:1:events", "1-1", sealed) == WORDS
    for stream, event_id in (("job:2:events", "1-1"), ("job:1:events", "1-2")):
        with pytest.raises(SealBroken):
            open_payload(stream, event_id, sealed)
    with pytest.raises(SealBroken):
        open_payload("job:1:events", "1-1", sealed[:20])


def test_without_the_key_it_is_lost(sealed: bytes) -> None:
    SealingKey.objects.all().delete()
    clear_keys()

    with pytest.raises(KeyLost):
        open_payload("job:1:events", "1-1", sealed)
