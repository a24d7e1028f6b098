"""What is done with comparisons at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.model_lab.side_by_side import selectors, services
from apps.model_lab.side_by_side.forms import VoteForm

COMPARISON = "side-by-side/<uuid:model_comparison_id>/"


ASK_AGAIN = Act(
    services.ask_again,
    find=selectors.own_comparison,
    at=f"{COMPARISON}again/",
    then=lambda comparison: comparison,
    label=_("Ask again"),
    icon="retry",
)
STOP_COLUMN = Act(
    services.stop_answer,
    find=selectors.own_answer,
    at="side-by-side/answers/<uuid:compared_answer_id>/stop/",
    back=lambda answer: answer.comparison,
    label=_("Stop"),
    icon="stop",
)
STOP_ALL = Act(
    services.stop_all,
    find=selectors.own_comparison,
    at=f"{COMPARISON}stop/",
    label=_("Stop all"),
    icon="stop",
)
SHOW_NAMES = Act(
    services.show_names,
    find=selectors.own_comparison,
    at=f"{COMPARISON}names/",
    label=_("Show names"),
    icon="eye",
    look="quiet",
    confirm=_("Show the names now?\nYou can still vote, but your vote will not count."),
)
CAST_VOTE = Act(
    services.cast_vote,
    find=selectors.own_comparison,
    form=VoteForm,
    at=f"{COMPARISON}vote/",
    success=lambda row: (
        _("Your vote counts.") if row.is_counted else _("Your vote is kept and does not count.")
    ),
)
DELETE_COMPARISON = delete_act(
    services.delete_comparison,
    find=selectors.own_comparison,
    at=f"{COMPARISON}delete/",
    success=_("The comparison was deleted."),
    back="model_lab:side_by_side",
    confirm=_(
        "Delete this comparison?\nThe question and its answers are deleted for good. A vote that counted still counts."
    ),
)
