"""Questions whose answer the shop knows, asked of a channel's assistant on its own path."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.desks import OnboardingStep
from apps.core.errors import InvalidInput, NotFound, Text
from apps.core.tables import Column
from apps.customer_service.answering import preview
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.visitor_knowledge import visitor_collections, visitor_documents
from apps.customer_service.conversations.models import Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.regression import grading
from apps.customer_service.regression.forms import QuestionForm, RunForm
from apps.evaluation import registration
from apps.evaluation.adapters import Adapter, Output, Problem
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.knowledge.models import Document, Passage
from llm_backend.errors import ModelsAway

YES = {"1", "yes", "true", "y", "是", "x"}

RUN_REGRESSION = JobType(
    "customer_service.run_regression",
    queue="batch",
    label=gettext_lazy("Run the evaluation"),
    is_repeatable=True,
    stages={"asking": gettext_lazy("Asking the questions")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.manage"),
    subject=registration.of_runs("customer_service"),
)


class RegressionSets(Adapter):
    """One set for each channel."""

    desk = "customer_service"
    title = gettext_lazy("Evaluation")
    lead = gettext_lazy(
        "Questions with known answers. Run them before new instructions, models or documents go live, "
        "and compare the results."
    )
    set_label = gettext_lazy("Channel")
    first_question = gettext_lazy(
        "Add what visitors ask most, with a word or number that a correct answer contains. Ten "
        "questions are enough to spot a regression."
    )
    grading_rules = gettext_lazy(
        "By rules, not a model: the answer contains every expected fact and no forbidden one, and "
        "cites one of the documents. Case, spaces and full-width forms are ignored, and 三天 equals 3 天."
    )
    table_help = gettext_lazy(
        "Columns: question, expected_documents, expected_facts, forbidden_facts and unanswerable, in "
        "UTF-8. Put several documents or facts on separate lines within a cell."
    )
    view_permission = "conversations.view"
    manage_permission = "conversations.manage"
    job_type = RUN_REGRESSION
    question_form = QuestionForm
    run_form = RunForm
    columns = tuple(map(Column, ("expected_documents", "expected_facts", "forbidden_facts", "unanswerable")))
    problem_sentences = grading.PROBLEMS
    text_options: Mapping[str, Text] = {"instructions": gettext_lazy("Instructions")}
    apply_label = gettext_lazy("Use these instructions")
    apply_warning = gettext_lazy("Use these instructions for visitors from now on?")
    first_step = OnboardingStep(
        gettext_lazy("No channels yet"),
        gettext_lazy("Questions belong to a channel. Create a channel first."),
        gettext_lazy("Channels"),
        "customer_service:channels",
        "conversations.view",
    )

    def question_sets(self, organisation: Organisation) -> dict[str, str]:
        channels = Channel.objects.within(organisation).order_by("name").values_list("pk", "name")
        return {str(pk): name for pk, name in channels}

    def live_options(self, organisation: Organisation, question_set: str) -> dict[str, Any]:
        return {"instructions": _channel(organisation, question_set).instructions, "collections": []}

    def answer(self, job_run: JobRun, run: EvaluationRun, question: EvaluationQuestion) -> Output:
        """Raises NotFound where the documents of the run are gone, and ModelsAway."""
        collection_ids = run.options["collections"]
        collections = list(visitor_collections(run.organisation).filter(pk__in=collection_ids))
        if collection_ids and not collections:
            raise NotFound(_("The documents for this run were deleted."))
        channel = _channel(run.organisation, run.question_set)
        changes = preview.Changes(run.options["instructions"], tuple(collections))
        answer = preview.answer_question(job_run, channel=channel, question=question.text, changes=changes)
        # What is said in the place of a model that is away says nothing about it: the run waits and goes on.
        is_away = answer.handoff is not None and answer.handoff.reason == Handoff.Reason.MODELS_AWAY
        if is_away or answer.source == Message.Source.PASSAGES:
            raise ModelsAway("a question was answered without a model")
        details = {
            "action": str(answer.action),
            "is_unanswered": answer.is_unanswered,
            "citations": [
                {
                    "number": passage.number,
                    "passage": passage.id and str(passage.id),
                    "document_title": passage.document_title,
                    "heading": passage.heading,
                }
                for passage in answer.cited
            ],
            "unsupported_count": sum(not each.is_supported for each in answer.checked.sentences),
        }
        return Output(answer.checked.text, details)

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        cited_passages = [each["passage"] for each in output.details["citations"] if each["passage"]]
        passages = Passage.objects.filter(pk__in=cited_passages)
        names = passages.values_list("document__collection", "document__file_name")
        sources = frozenset((str(collection), name) for collection, name in names)
        given_answer = grading.GivenAnswer(output.text, output.details["is_unanswered"], sources)
        return grading.grade(question.expected, expected_documents([question])[question.pk], given_answer)

    def expectations(self, questions: Sequence[EvaluationQuestion]) -> list[list[str]]:
        documents = expected_documents(questions)
        return [
            [_("no answer in the documents")]
            if question.expected["is_unanswerable"]
            else [f"“{fact}”" for fact in question.expected["expected_facts"]]
            + [document.title for document in documents[question.pk]]
            or [_("an answer")]
            for question in questions
        ]

    def cells(self, questions: Sequence[EvaluationQuestion]) -> list[dict[str, str]]:
        documents = expected_documents(questions)
        return [
            {
                "expected_documents": "\n".join(document.title for document in documents[question.pk]),
                "expected_facts": "\n".join(question.expected["expected_facts"]),
                "forbidden_facts": "\n".join(question.expected["forbidden_facts"]),
                "unanswerable": "yes" if question.expected["is_unanswerable"] else "",
            }
            for question in questions
        ]

    def fields(self, organisation: Organisation, cells: Mapping[str, str]) -> dict[str, Any]:
        """Documents go by their titles; of several versions it is the newest."""
        rows = visitor_documents(organisation).order_by("-is_live", "-id")
        documents = []
        for title in filter(None, map(str.strip, cells["expected_documents"].splitlines())):
            if not (document := rows.filter(title__iexact=title).first()):
                reason = _("Document “%(title)s” not found.") % {"title": title}
                raise InvalidInput(fields={"expected_documents": [reason]})
            documents.append(document.pk)
        return {
            "expected_documents": documents,
            "expected_facts": cells["expected_facts"],
            "forbidden_facts": cells["forbidden_facts"],
            "is_unanswerable": cells["unanswerable"].lower() in YES,
        }

    def apply(self, actor: Actor, run: EvaluationRun) -> None:
        instructions = run.options["instructions"]
        channels.apply_instructions(
            actor, channel_id=UUID(run.question_set), instructions=instructions, run_id=run.pk
        )

    def initial(self, organisation: Organisation, query: QueryDict) -> dict[str, Any]:
        """Made from what a visitor asked, `?message=`, and of an answer from the message that it answers.

        What the assistant cited is most often what it should cite next time too.
        """
        messages = Message.objects.within(organisation).select_related("conversation", "answers")
        message = (
            messages.filter(pk=str(message_id)).first() if (message_id := query.get("message")) else None
        )
        if message is None:
            return super().initial(organisation, query)
        question_message = message.answers or message
        passages = Message.objects.filter(answers=question_message, citations__passage__isnull=False)
        cited_documents = visitor_documents(organisation).filter(
            passages__in=passages.values("citations__passage")
        )
        return {
            "question_set": question_message.conversation.channel_id,
            "text": question_message.text,
            "expected_documents": list(cited_documents.distinct()),
        }

    def notes(self, answer: EvaluationAnswer) -> list[str]:
        notes = [
            ", ".join(filter(None, (f"[{each['number']}] {each['document_title']}", each["heading"])))
            for each in answer.details.get("citations", [])
        ]
        if count := answer.details.get("unsupported_count"):
            text = ngettext("%(count)d unsupported sentence", "%(count)d unsupported sentences", count)
            notes.append(text % {"count": count})
        return notes

    def run_facts(self, run: EvaluationRun) -> list[tuple[Text, str]]:
        names = visitor_collections(run.organisation).filter(pk__in=run.options["collections"])
        collection_names = ", ".join(names.values_list("name", flat=True))
        return [(_("Documents"), collection_names)] if collection_names else []


def expected_documents(questions: Sequence[EvaluationQuestion]) -> dict[UUID, list[Document]]:
    """For each question the expected documents that are still there, by title."""
    ids = {each for question in questions for each in question.expected["expected_documents"]}
    organisations = {each.organisation for each in questions}
    documents = [
        row
        for organisation in organisations
        for row in visitor_documents(organisation).filter(pk__in=ids).order_by("title")
    ]
    return {
        question.pk: [each for each in documents if str(each.pk) in question.expected["expected_documents"]]
        for question in questions
    }


def _channel(organisation: Organisation, question_set: str) -> Channel:
    return Channel.objects.within(organisation).one(pk=question_set)


ADAPTER = RegressionSets()
registration.register(ADAPTER)
