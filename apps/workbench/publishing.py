"""What must be so before a draft is published: it keeps its promise, and a second person looked where one is wanted."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.organisation_settings import OrganisationSettings
from apps.accounts.second_person import SecondPerson
from apps.core.errors import Conflict
from apps.workbench import selectors
from apps.workbench.models import AppVersion, WorkbenchSettings
from domain.workflows.checking import CheckedApp
from domain.workflows.evaluation import Measure

PUBLISH = "workbench.publish"
SETTINGS = OrganisationSettings(
    WorkbenchSettings,
    fields=("needs_second_person",),
    action="workbench_settings.changed",
    may_view="workbench.use",
    may_change="organisation.manage",
)
PUBLISHING = SecondPerson(
    PUBLISH,
    author="saved_by",
    refusal=_("You changed this draft last, so someone else publishes it: %(names)s."),
    error=Conflict,
    is_wanted=lambda organisation: SETTINGS.read(organisation).needs_second_person,
)
NOT_MEASURED = _(
    "The file promises that %(promise)s%% of its cases hold, and this text has not been measured. Evaluate the draft first."
)
UNDER_WAY = _("The evaluation of this text is still running. Publish it when the evaluation has ended.")
BELOW_PROMISE = _(
    "%(passed)d of %(cases)d cases hold (%(share)s%%); the file promises %(promise)s%%. At least %(missing)d more "
    "must hold: look at the failed cases and improve the draft, or promise less."
)


def require_promise(draft: AppVersion, checked: CheckedApp) -> None:
    """That exactly this text was measured, and holds what it promises; the draft keeps its measure. Raises Conflict."""
    promised = checked.file.evaluation
    if promised is None:
        return
    latest = selectors.latest_evaluation(draft)
    words: dict[str, object] = {"promise": promised.percent}
    if latest is None or latest.ended < latest.cases:
        text = UNDER_WAY if latest and latest.active else NOT_MEASURED
        raise Conflict(text % words, code="not_measured")
    measure = Measure(latest.passed, latest.cases, promised.promise)
    if not measure.is_kept:
        missing = measure.needed - measure.passed
        words |= {"passed": measure.passed, "cases": measure.cases, "missing": missing}
        raise Conflict(BELOW_PROMISE % {**words, "share": measure.percent}, code="below_promise")
    draft.passed, draft.cases = measure.passed, measure.cases
