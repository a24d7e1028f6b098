"""The names that speech is listened for: read by who speaks, not by who reads the database or the trail."""

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.speech import services
from apps.speech.models import SpeechPreferences

SENTENCE = "欧阳修远, lisinopril"


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT terms FROM speech_speechpreferences")
        return str(cursor.fetchone()[0])


@pytest.fixture
def preferences(alice_actor: Actor) -> SpeechPreferences:
    return services.change_preferences(alice_actor, languages=["zh"], terms=SENTENCE)


def test_terms_are_sealed_and_not_in_the_trail(preferences: SpeechPreferences) -> None:
    assert "lisinopril" not in stored()
    assert SpeechPreferences.objects.get().terms == SENTENCE
    line = AuditEntry.objects.get(action="speech_preferences.changed")
    assert line.details == {"languages": ["zh"], "terms": 2}
