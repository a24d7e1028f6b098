"""What is done with questions, runs and judgements at the press of a button. `urls` narrows the rows to a desk's own."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.evaluation import services
from apps.evaluation.forms import AdoptForm, ContinueForm
from apps.evaluation.models import EvaluationJudgement, EvaluationQuestion, EvaluationRun
from apps.evaluation.opinions import annotations, judges

QUESTION = "questions/<uuid:evaluation_question_id>/"
RUN = "runs/<uuid:evaluation_run_id>/"
JUDGEMENT = "judgements/<uuid:evaluation_judgement_id>/"
run_act = partial(Act, rows=EvaluationRun.objects.within, back=lambda run: run.adapter.url("run", run.pk))
judgement_act = partial(
    Act,
    rows=EvaluationJudgement.objects.within,
    back=lambda judgement: judgement.adapter.url("judgement", judgement.pk),
)
DELETE_QUESTION = Act(
    services.delete_question,
    EvaluationQuestion.objects.within,
    at=f"{QUESTION}delete/",
    success=_("The question was deleted."),
    back=lambda question: f"{question.adapter.url('questions')}?set={question.question_set}",
)
APPLY = run_act(services.apply_run, at=f"{RUN}apply/", success=_("The tested configuration is now live."))
CANCEL = run_act(services.cancel_run, at=f"{RUN}cancel/")
CONTINUE = run_act(services.continue_run, at=f"{RUN}continue/", form=ContinueForm)
ADOPT = run_act(
    annotations.adopt, at=f"{RUN}adopt/", form=AdoptForm, success=_("The question now expects this text.")
)
CANCEL_JUDGEMENT = judgement_act(judges.cancel_judgement, at=f"{JUDGEMENT}cancel/")
CONTINUE_JUDGEMENT = judgement_act(judges.continue_judgement, at=f"{JUDGEMENT}continue/")
