from django.utils.translation import gettext_lazy as _

from apps.accounts.organisation_settings import OrganisationSettings
from apps.files.models import UNFINISHED_DAYS
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.speech import services
from apps.speech.models import Recording, SpeechPreferences

KEEPING = OrganisationSettings(
    SpeechPreferences,
    fields=("recordings_kept_days",),
    action="speech_preferences.changed",
    may_view="recordings.view",
    may_change="organisation.manage",
)

retention_rules.register(
    RetentionRule(
        "recordings",
        _("Recordings and their transcripts"),
        _("Recordings"),
        settings=KEEPING,
        setting="recordings_kept_days",
        # What belongs to something of a desk goes with that.
        rows=Recording.objects.shared().filter(received_at__isnull=False),
        since="received_at",
        erase=services.erase_outdated,
        at_once=50,
        erased_action="recordings.erased",
    ),
    RetentionRule(
        "recording_uploads",
        _("Unfinished uploads of recordings (what was spoken is kept)"),
        _("Recordings"),
        days=UNFINISHED_DAYS,
        rows=Recording.objects.unfinished().select_related("organisation", "recorded_by", "api_key"),
        until="expires_at",
        erase_row=services.end_given_up,
        erased_action="recording.given_up",
    ),
)
