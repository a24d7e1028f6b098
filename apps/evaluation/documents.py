"""Results of a set as files: rows of answers, data for a program, pages to print."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core import bounded_calls
from apps.core.errors import ServiceUnavailable
from apps.core.tables import Row
from apps.evaluation import selectors
from apps.evaluation.models import EvaluationAnswer
from apps.evaluation.results import Result, Results

PDF_TEMPLATE = Path(__file__).with_name("results.typ")
PDF_SECONDS = 30.0


def answer_rows(found: Results) -> Iterator[Row]:
    """A row for each answer of each model, questions together."""
    names = {row.run.pk: row.model for row in found.rows}
    answers = EvaluationAnswer.objects.filter(run__in=found.runs)
    listed = list(answers.order_by("question_text", "run__model", "id"))
    for run in found.runs:
        selectors.with_expectations(run, [each for each in listed if each.run_id == run.pk])
    for answer in listed:
        yield {
            "question": answer.question_text,
            "expected": "; ".join(answer.expectations),
            "model": names[answer.run_id],
            "passed": answer.is_passed,
            "answer": answer.text,
            "problems": "; ".join(answer.problem_texts),
            "tokens": answer.details.get("tokens", ""),
            "seconds": answer.seconds,
        }


def content(set_name: str, found: Results) -> dict[str, Any]:
    return {
        "set": set_name,
        "models": [model_fields(row) for row in found.rows],
        "answers": list(answer_rows(found)),
    }


def model_fields(row: Result) -> dict[str, Any]:
    """`probability`: of such a difference from the best by chance, by McNemar's test, adjusted by Holm for all pairs."""
    low, high = row.interval
    cost = row.measures.cost_per_answer
    return {
        "run": str(row.run.pk),
        "model": row.model,
        "passed": row.run.passed,
        "total": row.run.total,
        "share": row.share,
        "interval": [low, high],
        "difference": row.change.difference if row.change else None,
        "difference_interval": row.change.interval if row.change else None,
        "probability": row.probability,
        "tokens_per_answer": row.measures.tokens_per_answer,
        "tokens_per_second": row.measures.tokens_per_second,
        "first_token_seconds": row.measures.first_token_seconds,
        "seconds": row.measures.seconds,
        "cost_per_answer": None if cost is None else str(cost),
    }


def to_pdf(title: str, found: Results) -> bytes:
    """Set in a child process; loaded by whoever prints first: no process starts with Typst. Raises ServiceUnavailable."""
    from domain.clinical.exporting import pdf

    headings = [_("Model"), _("Passed"), "", _("Difference, points"), _("Tokens per second")]
    headings += [_("First token (s)"), _("Cost per answer")]
    page = {
        "title": title,
        "language": "zh" if (get_language() or "").startswith("zh") else "en",
        "headings": headings,
        "rows": [
            {
                "share": row.share,
                "interval": row.interval,
                "cells": [
                    f"{row.number} {row.model}",
                    f"{row.run.passed} / {row.run.total}\n{row.run.percent} ({row.run.interval_text})",
                    f"{row.difference_text}\n{row.verdict_text}".strip(),
                    _number(row.measures.tokens_per_second, 1),
                    _number(row.measures.first_token_seconds, 2),
                    "–" if row.measures.cost_per_answer is None else f"{row.measures.cost_per_answer:.4f}",
                ],
            }
            for row in found.rows
        ],
        "note": many_models_note(),
    }
    template, now = PDF_TEMPLATE.read_bytes(), datetime.now(UTC)
    try:
        return bounded_calls.call_apart(pdf.typeset, template, page, now, seconds=PDF_SECONDS)
    except bounded_calls.TookTooLong as error:
        raise ServiceUnavailable from error


def many_models_note() -> str:
    return _(
        "Intervals are 95%. “Clearly worse” is adjusted for the number of pairs (McNemar's test with Holm's correction): "
        "the more models are compared, the more often some differ by chance."
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
