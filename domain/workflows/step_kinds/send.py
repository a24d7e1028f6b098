from typing import Literal

from domain.workflows import receivers
from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import Flag, Record, Text


class Send(StepFields):
    """A mail to one receiver, or an event to the organisation's webhooks, exactly once. → `sent`"""

    kind: Literal["send"]
    channel: Literal["mail", "webhook"] = "mail"
    to: Template | None = None
    subject: Template
    text: Template

    def result(self, check: StepCheck) -> Record:
        check.texts(subject=self.subject, text=self.text)
        if self.channel == "webhook" and self.to is not None:
            check.add("no_receiver_here", "to")
        elif self.channel == "mail" and self.to is None:
            check.add("missing_field", name="to")
        elif self.to is not None:
            check.fits(Text(), self.to, "to")
            with check.telling("to"):
                receivers.check_receiver(check, self.to, "to")
        return Record(fields={"sent": Flag()})
