"""Is it a visitor who writes, or a machine? Machines are never answered (RFC 3834): two of them would never stop."""

from collections.abc import Collection

from apps.customer_service.mail.models import MailMessage
from apps.customer_service.mail.parsing import Mail
from llm_backend import patterns

Outcome = MailMessage.Outcome

CHANNEL_HEADER = "X-Kongming-Channel"
_NOBODY = patterns.compile(r"^(no-?reply|do-?not-?reply)[@+.-]")
# Some mail programs in China say it nowhere else. “Re: Automatic reply: …” is a person's answer to one.
_NAMED_AUTOMATIC = patterns.compile(
    r"^(自动回复|自动答复|自動回覆|自動回復|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office)\s?[:：]",
    patterns.IGNORECASE,
)
_STATUS = patterns.compile(r"^Status:\s*([245])\.", patterns.IGNORECASE | patterns.MULTILINE)
_RETURNED = patterns.compile(r"退信|退回|失败|undeliver|returned|failure", patterns.IGNORECASE)


def outcome_of(mail: Mail, *, own_addresses: Collection[str]) -> tuple[Outcome, str]:
    """What the mail is, and the header that tells."""
    headers = mail.headers
    if CHANNEL_HEADER.lower() in headers or mail.sender in own_addresses:
        return Outcome.OWN, mail.sender
    if mail.is_report:
        return Outcome.BOUNCE, mail.content_type
    if reason := _automatic(mail):
        return Outcome.AUTOMATIC, reason
    precedence = headers.get("precedence", "").lower()
    if precedence in ("bulk", "list", "junk"):
        return Outcome.LIST, f"Precedence: {precedence}"
    if "list-id" in headers or "list-unsubscribe" in headers:
        return Outcome.LIST, headers.get("list-id", "List-Unsubscribe")
    return Outcome.MESSAGE, ""


def is_permanent(mail: Mail) -> bool:
    """Whether a delivery report says that the mail was not delivered and will not be: by its codes, or, as servers in China
    send none, by its subject.
    """
    codes = _STATUS.findall(mail.report)
    return "5" in codes if codes else _RETURNED.search(mail.subject) is not None


def _automatic(mail: Mail) -> str:
    """The header that says so; empty for a person's mail."""
    headers = mail.headers
    submitted = headers.get("auto-submitted", "").lower()
    if submitted and not submitted.startswith("no"):
        return f"Auto-Submitted: {submitted}"
    suppress = headers.get("x-auto-response-suppress", "").lower()
    if "all" in suppress or "autoreply" in suppress:
        return f"X-Auto-Response-Suppress: {suppress}"
    for name in ("x-autoreply", "x-autorespond", "x-autoreply-from"):
        if name in headers:
            return name
    if headers.get("precedence", "").lower() == "auto_reply":
        return "Precedence: auto_reply"
    if headers.get("return-path", "").strip() == "<>":
        return "Return-Path: <>"
    if _NAMED_AUTOMATIC.match(mail.subject):
        return f"Subject: {mail.subject}"
    return "From: noreply" if _NOBODY.match(mail.sender) and not mail.reply_to else ""
