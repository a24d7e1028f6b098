from django.utils.translation import gettext_lazy as _

from apps.core.row_table import Columns, ListColumn
from apps.customer_service.saved_answers import selectors
from apps.customer_service.saved_answers.forms import SavedAnswerFilter
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.resources.declaration import RowList

SAVED_ANSWERS = RowList(
    model=SavedAnswer,
    plural="saved_answers",
    rows=selectors.saved_answer_list,
    columns={
        "first_question": ListColumn(_("Question"), note="variants_text"),
        "answer": ListColumn(_("answer"), look="soft"),
        "is_enabled": ListColumn(_("State"), part="customer_service/saved_answers/state.html"),
        "owner.user": _("Owner"),
        "times_given": ListColumn(_("Times used"), kind="number"),
        "last_given_at": _("Last used"),
    },
    read="conversations.view",
    page="customer_service:saved_answer",
    filter_class=SavedAnswerFilter,
    title=_("Saved answers"),
    lead=_("Answers written and owned by staff. Visitors get them word for word, without a model."),
    parent=(_("Conversations"), "customer_service:conversations"),
    icon="quote",
    new_page="customer_service:create_saved_answer",
    new_label=_("New answer"),
    empty_title=_("No saved answers yet"),
    empty_text=_(
        "Save answers that must always be right, such as prices and deadlines. They need no model and work even when none "
        "is available."
    ),
    list_template="customer_service/saved_answers/saved_answers.html",
)
CLOSEST_QUESTIONS: Columns = {
    "candidate.question": _("Closest question"),
    "candidate.percent": ListColumn(_("Similarity"), kind="percent"),
    "is_given": ListColumn(_("Decision"), part="customer_service/saved_answers/decision.html", look="soft"),
}
