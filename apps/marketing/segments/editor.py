"""The form of a segment as it stands: its rows, what is typed into them, what they mean and how many people fit."""

from typing import Any

from django.http import QueryDict

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput
from apps.core.forms import submit_form
from apps.core.numbers import whole_number
from apps.marketing.profiles import selectors
from apps.marketing.rules.rules import MAX_CONDITIONS, Rule, read_rule
from apps.marketing.segments import services
from apps.marketing.segments.forms import (
    ConditionFormSet,
    SegmentNameForm,
    SegmentTextForm,
    condition_rows,
    subject_choices,
)
from apps.marketing.segments.models import Segment, SegmentQuestion
from apps.marketing.segments.rule_rows import ConditionRow, rows_of_rule, rule_of_rows

PREFIX = "condition"


class SegmentEditor:
    """`data`: what was sent, with `add`, `remove` or `count` where it is not to be saved yet.

    `rule`: None while there is nothing to read, or where it cannot be used, which `problem` explains.
    """

    def __init__(
        self,
        organisation: Organisation,
        segment: Segment | None,
        question: SegmentQuestion | None,
        data: QueryDict | None,
    ) -> None:
        self.segment, self.question, self.data = segment, question, data
        self.organisation = organisation
        self.attributes = selectors.known_attributes(organisation)
        stored = segment.rule if segment else question.rule if question else {}
        rows = rows_of_rule(read_rule(stored)) if stored else [ConditionRow("")]
        self.is_text = rows is None or (data is not None and "rule" in data)
        self.name_form = SegmentNameForm(data, initial={"name": segment.name if segment else ""})
        self.text_form = SegmentTextForm(data, initial={"rule": stored}) if self.is_text else None
        self.formset: Any = None
        if not self.is_text:
            initial = condition_rows(rows or [])
            self.formset = ConditionFormSet(self._with_rows(data), initial=initial, prefix=PREFIX)
        self.rule: Rule | None = None
        self.problem = ""
        try:
            self.rule = self._read(stored)
        except InvalidInput as refusal:
            self.problem = refusal.reason

    @property
    def is_to_be_saved(self) -> bool:
        return self.data is not None and not self.data.keys() & {"add", "remove", "count"}

    @property
    def subjects(self) -> list[Any]:
        return subject_choices(self.attributes, [str(form["subject"].value() or "") for form in self.formset])

    @property
    def count(self) -> int | None:
        """How many people fit now; None where it takes too long to say at once."""
        return services.count_fitting(self.organisation, self.rule) if self.rule is not None else None

    def save(self, actor: Actor) -> Segment | None:
        """None where something is to be corrected, which the forms then say."""
        if self.rule is None:
            return None
        rule = self.rule.as_json()
        if self.segment is not None:
            segment = self.segment
            return submit_form(
                self.name_form, lambda name: services.change_segment(actor, segment, name=name, rule=rule)
            )
        asked = {"origin": Segment.Origin.QUESTION, "question": self.question.text} if self.question else {}
        return submit_form(
            self.name_form, lambda name: services.create_segment(actor, name=name, rule=rule, **asked)
        )

    def _read(self, stored: dict[str, Any]) -> Rule | None:
        if self.data is None:
            return read_rule(stored) if stored else None
        if self.text_form is not None:
            return read_rule(self.text_form.cleaned_data["rule"]) if self.text_form.is_valid() else None
        if not self.formset.is_valid():
            return None
        kinds = {each.name: each.kind for each in self.attributes}
        return read_rule(rule_of_rows([form.row for form in self.formset], kinds))

    def _with_rows(self, data: QueryDict | None) -> Any:
        """What was sent, with a row more or less where a button asked for it."""
        if data is None:
            return None
        sent = data.copy()
        total = min(whole_number(str(sent.get(f"{PREFIX}-TOTAL_FORMS", ""))) or 0, MAX_CONDITIONS)
        removed = whole_number(str(sent.get("remove", "")))
        if "add" in sent:
            total += 1
        elif removed is not None and 0 <= removed < total and total > 1:
            total -= 1
            fields = ("joint", "negation", "subject", "operator", "value")
            for place in range(removed, total):
                for field in fields:
                    sent[f"{PREFIX}-{place}-{field}"] = sent.get(f"{PREFIX}-{place + 1}-{field}", "")
        sent[f"{PREFIX}-TOTAL_FORMS"] = str(total)
        return sent
