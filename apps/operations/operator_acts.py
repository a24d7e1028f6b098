"""What operators do at the press of a button, on their pages of the admin."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act, page_of
from apps.accounts.models import Organisation
from apps.jobs import bulk
from apps.operations.announcements import services as announcements
from apps.operations.announcements.selectors import operators_announcements
from apps.operations.backups import services as backups
from apps.operations.backups.forms import AskForm
from apps.operations.deletion import services as deletion
from apps.operations.queues import services as queues
from apps.operations.queues.forms import DeadLettersForm, ModeForm
from apps.operations.switches import services as switches
from apps.operations.switches.forms import SwitchForm

QUEUE = "queues/<slug:queue>/"
CHANGE_QUEUE_MODE = Act(
    queues.change_mode,
    find=lambda user, queue: queue,
    form=ModeForm,
    at=f"{QUEUE}mode/",
    back="admin_operations:queues",
)
REQUEUE_STUCK = Act(
    queues.requeue_stuck,
    find=lambda user, queue: queue,
    at=f"{QUEUE}requeue/",
    success=lambda count: (
        ngettext("%(count)d job was requeued.", "%(count)d jobs were requeued.", count) % {"count": count}
    ),
    back="admin_operations:queues",
)
RETRY_DEAD_LETTERS = Act(
    queues.retry_dead_letters,
    form=DeadLettersForm,
    at="dead-letters/retry/",
    success=lambda outcome: bulk.outcome_text("retry", outcome),
    back="admin_operations:dead_letters",
)
CHANGE_SWITCH = Act(
    switches.switch_everywhere, form=SwitchForm, at="switches/change/", back="admin_operations:switches"
)
DELETE_ANNOUNCEMENT = Act(
    announcements.delete_for_everybody,
    find=lambda user, pk: operators_announcements().one(pk=pk),
    at="announcements/<uuid:announcement_id>/delete/",
    success=_("Deleted."),
    back="admin_operations:announcements",
)
ASK_FOR_BACKUP = Act(
    backups.ask_for,
    form=AskForm,
    at="backups/ask/",
    success=_("Starting within seconds."),
    back="admin_operations:backups",
)
TAKE_ORGANISATION_BACK = Act(
    deletion.take_back,
    find=lambda user, pk: get_object_or_404(Organisation, pk=pk),
    at="organisations/<uuid:organisation_id>/take-back/",
    success=_("The organisation is open again."),
    back=page_of("admin_operations:organisation"),
)
EXPORT_ORGANISATION = Act(
    deletion.ask_for_export,
    find=lambda user, pk: get_object_or_404(Organisation, pk=pk),
    at="organisations/<uuid:organisation_id>/export/",
    success=_("Starting within seconds."),
    back=page_of("admin_operations:organisation"),
)
