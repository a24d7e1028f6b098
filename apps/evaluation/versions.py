"""Which version of a set a run asked. A version is a number and a hash over the questions; the questions themselves are not
copied: what a run asked stands with its answers.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from apps.accounts.models import Organisation
from apps.core.locks import lock_until_commit
from apps.evaluation.models import EvaluationQuestion, EvaluationRun, EvaluationSetVersion
from apps.jobs.models import Job

Words = tuple[str, Any]


def content_hash(questions: Iterable[Words]) -> str:
    """The same for the same questions with what is expected of them, whatever their order and wherever they lie."""
    rows = sorted(json.dumps(each, ensure_ascii=False, sort_keys=True) for each in questions)
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def current(organisation: Organisation, desk: str, question_set: str) -> EvaluationSetVersion | None:
    """None of a set that was neither changed nor asked since versions are counted."""
    rows = EvaluationSetVersion.objects.within(organisation)
    return rows.filter(desk=desk, question_set=question_set).first()


def count_up(organisation: Organisation, desk: str, question_set: str) -> EvaluationSetVersion:
    """The version that the questions are now: the next one where they are not as they were at the last count. Within a
    transaction; also notices what was deleted by another way, such as the erasure of a visitor's words.
    """
    lock_until_commit(f"question set {organisation.pk} {desk} {question_set}")
    of_set = {"organisation": organisation, "desk": desk, "question_set": question_set}
    found = content_hash(EvaluationQuestion.objects.filter(**of_set).values_list("text", "expected"))
    version = current(organisation, desk, question_set) or EvaluationSetVersion(**of_set)
    if version.content_hash != found:
        version.number, version.content_hash = version.number + 1, found
        version.save()
    return version


def changed_since(run: EvaluationRun) -> int:
    """How many questions of the set are new, other, or gone since the run asked them; one that was deleted and imported
    anew is none of these.
    """
    asked, gone = dict[UUID, Words](), list[Words]()
    for question_id, text, expected in run.answers.values_list("question", "question_text", "expected"):
        if question_id:
            asked[question_id] = text, expected
        else:
            gone.append((text, expected))
    rows = EvaluationQuestion.objects.within(run.organisation).filter(
        desk=run.desk, question_set=run.question_set
    )
    now = {
        key: (text, expected, at)
        for key, text, expected, at in rows.values_list("pk", "text", "expected", "created_at")
    }
    new = [each for key, each in now.items() if key not in asked and each[2] > run.created_at]
    by_text = defaultdict[str, list[tuple[str, Any, Any]]](list)
    for each in new:
        by_text[each[0]].append(each)
    again = 0
    for words in gone:
        same = next((each for each in by_text[words[0]] if not _differs(words, each)), None)
        if same:
            by_text[words[0]].remove(same)
            again += 1
    other = sum(_differs(words, now.get(key)) for key, words in asked.items())
    return len(gone) + len(new) - 2 * again + other


def is_mixed(run: EvaluationRun) -> bool:
    """Whether a finished run's answers are of other questions than its version: the set was changed while it ran."""
    if not run.set_hash or run.job is None or run.job.state != Job.State.SUCCEEDED:
        return False
    return content_hash(run.answers.values_list("question_text", "expected")) != run.set_hash


def _differs(asked: Words, now: tuple[str, Any, Any] | None) -> bool:
    """Of old answers nobody knows what was expected."""
    if now is None or asked[0] != now[0]:
        return True
    return asked[1] is not None and asked[1] != now[1]
