"""What keeps somebody from changing or signing a record, and what to do about it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.core.punctuation import colon
from apps.medical_records.records.validation import MissingField
from domain.clinical.records.record import Statement


class ChangedMeanwhile(Conflict):
    """Somebody else was faster. `changes`: who did what since, from the trail; `revision`: what holds now."""

    code = "changed_meanwhile"
    message = _(
        "Someone changed this record while you were editing. Your text is kept: compare both and decide."
    )

    def __init__(self, *, revision: int, changes: Sequence[dict[str, Any]]) -> None:
        self.revision = revision
        self.changes = list(changes)
        super().__init__(details={"revision": revision, "changes": self.changes})


class NotSignable(Conflict):
    """`missing_fields`: those that are not filled as the template asks. `unsupported`: what nobody answers for yet."""

    code = "not_signable"
    message = _("This record cannot be signed yet.")

    def __init__(
        self,
        *,
        missing_fields: Sequence[MissingField] = (),
        unsupported: Sequence[tuple[str, Statement]] = (),
    ) -> None:
        self.missing_fields, self.unsupported = list(missing_fields), list(unsupported)
        super().__init__(
            fields={field.place: [field.reason] for field in self.missing_fields},
            details={"unsupported": [statement.id for _place, statement in self.unsupported]},
        )

    @property
    def reason(self) -> str:
        """All of it, each place by its title."""
        sentences = [
            str(self.message),
            *(f"{field.title}{colon()}{field.reason}" for field in self.missing_fields),
        ]
        if self.unsupported:
            sentences.append(gettext("Some statements are not in the transcript."))
        return " ".join(sentences)
