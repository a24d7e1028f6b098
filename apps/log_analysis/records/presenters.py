"""Records as people read them: times on their clocks, texts with what is hidden in them as chips, one template's name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.log_analysis.records.masked_values import store_day
from apps.log_analysis.templates.models import LogTemplate
from domain.logs import secrets
from domain.logs.parsing.templates import Template
from domain.logs.store import Record

MAX_LISTED_CHARACTERS = 600
MAX_SHOWN_CHARACTERS = 50_000
TOKEN_KINDS = {
    "secret": _("secret"),
    "jwt": _("token"),
    "aws_key": _("access key"),
    "api_key": _("API key"),
    "private_key": _("private key"),
    "email": _("e-mail address"),
    "card": _("card number"),
    "identity_card": _("identity card"),
    "mobile": _("mobile number"),
}
PARAMETER = "parameter"
NO_VALUES: Mapping[str, str] = {}


@dataclass(frozen=True)
class TextPart:
    """`kind` is what was hidden, such as email; empty for plain text. `text` is what tells it from others, then, or
    the value itself where it `is_revealed`."""

    text: str
    kind: str = ""
    is_revealed: bool = False

    @property
    def kind_label(self) -> Text:
        return TOKEN_KINDS.get(self.kind, self.kind)

    @property
    def tone(self) -> str:
        if self.is_revealed:
            return "revealed"
        return PARAMETER if self.kind == PARAMETER else "masked"

    @property
    def chip(self) -> str:
        """What was hidden, and what tells it from others; of a parameter its number; or what is shown again."""
        return f"{self.kind_label} {self.text}" if self.tone == "masked" else self.text


@dataclass(frozen=True)
class Parameter:
    """`number` counts from one, as filters do."""

    number: int
    before: str
    value: str


@dataclass(frozen=True)
class RecordView:
    """`values`: what was masked, by token, for the one request that asked for it and may read it."""

    record: Record
    template: LogTemplate | None
    source_name: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The address of the record's page with the record's time, by which it is found at once."""
        address = reverse("log_analysis:record", args=[self.record.source, self.record.arrival])
        return f"{address}?{urlencode({'at': self.record.time})}"

    @property
    def store_key(self) -> tuple[str, date]:
        """Where the store keeps it and what was masked in it: its source and the day."""
        return self.record.source, store_day(self.record.time)

    @property
    def moment(self) -> datetime | None:
        return to_moment(self.record.time)

    @property
    def time_text(self) -> str:
        """To the millisecond, which is what tells records of one second apart."""
        moment = self.moment
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if moment else str(self.record.time)

    @property
    def text(self) -> str:
        return self.record.text.decode(errors="replace")

    @property
    def listed_parts(self) -> list[TextPart]:
        return text_parts(self.text[:MAX_LISTED_CHARACTERS], self.values)

    @property
    def parts(self) -> list[TextPart]:
        return text_parts(self.text[:MAX_SHOWN_CHARACTERS], self.values)

    @property
    def is_cut(self) -> bool:
        return len(self.text) > MAX_SHOWN_CHARACTERS

    @property
    def reversible_tokens(self) -> list[str]:
        """Those in the text whose values may have been kept."""
        matches = secrets.TOKEN.finditer(self.text)
        return list(dict.fromkeys(token[0] for token in matches if token[1] in secrets.REVERSIBLE))

    @property
    def revealed_text(self) -> str:
        """The text with the values that are known in place of their tokens."""
        return secrets.TOKEN.sub(lambda token: self.values.get(token[0], token[0]), self.text)

    @property
    def parameters(self) -> list[Parameter]:
        pieces = Template(self.template.text).pieces if self.template else []
        pieces += [""] * len(self.record.parameters)
        return [
            Parameter(number, pieces[number - 1].strip()[-40:], value)
            for number, value in enumerate(self.record.parameters, start=1)
        ]


def to_moment(microseconds: int) -> datetime | None:
    """On the reader's clocks; none for a time that no calendar holds."""
    try:
        return timezone.localtime(datetime.fromtimestamp(microseconds / 1_000_000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def text_parts(text: str, values: Mapping[str, str] = NO_VALUES) -> list[TextPart]:
    """A text cut at the tokens that stand for what was hidden, with the values of those that are known."""
    parts: list[TextPart] = []
    end = 0
    for token in secrets.TOKEN.finditer(text):
        if token.start() > end:
            parts.append(TextPart(text[end : token.start()]))
        value = values.get(token[0])
        parts.append(TextPart(value or token[2][:4], token[1], is_revealed=value is not None))
        end = token.end()
    if end < len(text):
        parts.append(TextPart(text[end:]))
    return parts


def template_parts(text: str) -> Iterable[TextPart]:
    """A template's text with its parameters as chips, numbered as filters name them."""
    for number, piece in enumerate(Template(text).pieces):
        if number:
            yield TextPart(str(number), PARAMETER)
        if piece:
            yield TextPart(piece)
