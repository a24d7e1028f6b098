"""A question in plain words, at the press of a button."""

from apps.accounts.act_declaration import Act, page_of
from apps.log_analysis.questions import services
from apps.log_analysis.questions.forms import QuestionForm

ASK_RECORDS = Act(
    services.ask,
    form=QuestionForm,
    at="records/ask/",
    back="log_analysis:records",
    then=page_of("log_analysis:record_question"),
)
