"""What runs here say of an endpoint's model and of the one that is to follow it."""

from urllib.parse import urlencode

from apps.accounts.models import Organisation
from apps.evaluation import adapters, results
from apps.evaluation.budgets import chat_endpoints
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.evaluation.results import Change, Verdicts
from apps.inference.model_changes import ModelComparison
from llm_backend import shares


def compare_models(organisation: Organisation, before: str, after: str) -> ModelComparison | None:
    """By the latest runs of both over all sets. None where there are no questions to ask."""
    runs = results.latest_runs(organisation, models=[before, after])
    asked: EvaluationRun | EvaluationQuestion | None = runs[0] if runs else None
    asked = asked or EvaluationQuestion.objects.within(organisation).order_by("-created_at").first()
    if asked is None:
        return None
    known = results.verdicts_of_models(runs)
    old, new = known.get(before, {}), known.get(after, {})
    change, adapter = Change.between(old, new), adapters.for_desk(asked.desk)
    named = dict(chat_endpoints(organisation).filter(model__in=[before, after]).values_list("pk", "model"))
    query = urlencode({"set": asked.question_set, "endpoint": [str(key) for key in named]}, doseq=True)
    return ModelComparison(
        _words(old),
        _words(new),
        _difference(change, old, new) if change.total else "",
        f"{adapter.url('new_run')}?{query}",
        adapter.manage_permission,
        after in named.values(),
    )


def _words(known: Verdicts) -> str:
    if not known:
        return ""
    passed, total = sum(known.values()), len(known)
    low, high = shares.interval(passed, total)
    return f"{passed} / {total} = {passed / total:.2f} ({low:.2f} … {high:.2f})"


def _difference(change: Change, old: Verdicts, new: Verdicts) -> str:
    both, (low, high) = old.keys() & new.keys(), change.interval
    before, after = (sum(known[key] for key in both) / len(both) for known in (old, new))
    return f"{before:.2f} → {after:.2f} ({low:+.2f} … {high:+.2f})"
