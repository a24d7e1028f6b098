"""What is done with a segment, or a description of one, at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.marketing.segments import questions, selectors, services
from apps.marketing.segments.forms import SegmentQuestionForm

ASK_SEGMENT = Act(
    questions.ask,
    form=SegmentQuestionForm,
    at="segments/ask/",
    back="marketing:segments",
    then=lambda question: question,
)
DELETE_SEGMENT = delete_act(
    services.delete_segment,
    selectors.segment_list,
    at="segments/<uuid:segment_id>/delete/",
    confirm=_("Delete this segment? Its people are kept."),
    success=_("Deleted."),
    back="marketing:segments",
)
