from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.speech.models import HeardStretch, Recording, SpeechPreferences, SpokenLanguage, Transcript


def languages() -> dict[str, str]:
    return {code: str(label) for code, label in SpokenLanguage.choices}


register(
    Table(
        Recording,
        _("Recordings"),
        "media_type seconds length is_restricted created_at received_at",
        "offset is_followed recorded_by api_key job expires_at",
        dates="created_at",
    ),
    Table(
        Transcript,
        _("Transcripts"),
        "recording language has_speech is_incomplete seconds created_at",
        codes={"language": languages},
    ),
    Table(SpeechPreferences, _("Speech settings"), "languages", codes={"languages": languages}),
    tab=_("Recordings"),
)
register(
    Table(HeardStretch, _("Transcripts in progress"), "recording number until"),
)
