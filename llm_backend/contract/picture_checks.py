"""The check of an endpoint that is shown pictures: it reads a made one whose text is known."""

import base64
from pathlib import Path

from llm_backend import chat, patterns
from llm_backend.contract import checks
from llm_backend.contract.results import Finding, failure, success
from llm_backend.contract.subject import Subject
from llm_backend.errors import ModelRejectedRequest, gettext_noop

# It also tells its reader to write one word and nothing else: text on a picture is nobody's instruction.
PICTURE = Path(__file__).with_name("picture.png")
WORDS = (
    "delivery note",
    "送货单",
    "订单号",
    "km-48213",
    "2026-03-17",
    "绿茶",
    "38.50",
    "茶壶",
    "129.00",
    "合计",
    "849.00",
)
NUMBERS = frozenset({"48213", "2026", "03", "17", "12", "38", "50", "3", "129", "00", "849"})
QUESTION = (
    "Write down all text on this picture, line by line, exactly as it stands there. Write nothing else."
)
LEAST_READ = 0.9


async def check_picture(subject: Subject) -> Finding:
    """Which of the words it reads, and how many numbers it makes up: that decides whether it is shown any picture."""
    shown = base64.b64encode(PICTURE.read_bytes()).decode()
    content = chat.with_picture(QUESTION, shown, "image/png")
    request = chat.ChatRequest([{"role": "user", "content": content}], temperature=0, max_tokens=512)
    try:
        answer = (await subject.complete(request)).text.lower()
    except ModelRejectedRequest:
        return failure(gettext_noop("The server does not take pictures."))
    figures = {
        "read": sum(word in answer for word in WORDS),
        "words": len(WORDS),
        "invented": len(set(patterns.findall(r"[0-9]+", answer)) - NUMBERS),
    }
    if figures["read"] < LEAST_READ * len(WORDS) or figures["invented"]:
        return failure(
            gettext_noop(
                "%(read)s of %(words)s words read, %(invented)s numbers invented. Pictures are read by text recognition "
                "in its place."
            ),
            **figures,
        )
    return success(gettext_noop("%(read)s of %(words)s words read, no number invented."), **figures)


CHECKS: dict[str, checks.Check] = {**checks.CHECKS, "picture": check_picture}
