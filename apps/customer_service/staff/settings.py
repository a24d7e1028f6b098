"""How the desk works: hours, assignment, what hands over, what figures are counted with."""

from apps.accounts.organisation_settings import OrganisationSettings
from apps.customer_service.staff.models import DeskSettings

DESK_SETTINGS = OrganisationSettings(
    DeskSettings,
    fields=(
        "hours",
        "holidays",
        "time_zone",
        "assignment",
        "handoff_keywords",
        "hands_off_sensitive",
        "hands_off_negative",
        "unanswered_before_handoff",
        "reply_minutes",
        "resolves_after_hours",
        "conversations_kept_days",
        "asks_for_rating",
        "asks_model_when_unsure",
        "products",
        "minutes_per_conversation",
        "cost_per_hour",
        "currency",
    ),
    action="desk_settings.changed",
    may_view="conversations.view",
    may_change="conversations.manage",
)
