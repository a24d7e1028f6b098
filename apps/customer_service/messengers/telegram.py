"""Telegram's Bot API: https://core.telegram.org/bots/api"""

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from django.conf import settings

from apps.core import languages
from apps.core.json_input import parse_json
from apps.customer_service.channels.delivery_errors import PermanentError, TemporaryError
from apps.customer_service.messengers.adapter import Incoming, OutboundMessage, Unparseable
from apps.customer_service.messengers.models import MessengerAccount

# In UTF-16 units, as Telegram counts.
MAX_MESSAGE_CHARACTERS = 4096
MAX_ANSWER_BYTES = 256 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=8)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
UPDATES = ["message", "edited_message"]
_FILES = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker")
# The person has blocked the bot: no later attempt would arrive.
_BLOCKED = 403
# The answer says how long to wait.
_TOO_FAST = 429
_NO_TOKEN = (401, 404)
_BAD_REQUEST = 400


class Telegram:
    def verify(self, account: MessengerAccount, headers: Mapping[str, str], body: bytes) -> bool:
        secret = headers.get(SECRET_HEADER, "")
        return hmac.compare_digest(secret.encode(), account.hook_secret.encode())

    def parse(self, body: bytes) -> Incoming | None:
        """Private chats only: in a group the bot would answer everything that people say to each other."""
        try:
            update = parse_json(body)
            update_id = int(update["update_id"])
            message = update.get("message") or update.get("edited_message")
            if message is None:
                return None
            return _incoming(update_id, message, is_edited="edited_message" in update)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Unparseable(str(error)) from error

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """Without parse_mode, so nothing in the text has a meaning that would have to be escaped."""
        sent_ids = list(message.sent_ids)
        for part in parts(message.text)[len(sent_ids) :]:
            body = {
                "chat_id": message.chat_id,
                "text": part,
                "link_preview_options": {"is_disabled": True},
            }
            try:
                result = _call(account, "sendMessage", body)
            except TemporaryError as error:
                raise TemporaryError(
                    error.code, error.detail, retry_after=error.retry_after, sent_ids=tuple(sent_ids)
                ) from error
            sent_ids.append(str(result.get("message_id", "")))
        return ",".join(sent_ids)

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        bot = _call(account, "getMe", {})
        _call(
            account,
            "setWebhook",
            {"url": hook_url, "secret_token": account.hook_secret, "allowed_updates": UPDATES},
        )
        return str(bot.get("username", ""))[:100]


def parts(text: str) -> list[str]:
    """At most what one message may hold, cut at an empty line, a line's end or a space where there is one."""
    cut: list[str] = []
    while _length(text) > MAX_MESSAGE_CHARACTERS:
        end = _end(text)
        cut.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*cut, text] if text else cut


def _end(text: str) -> int:
    """Telegram counts UTF-16 units: an emoji is two."""
    limit = MAX_MESSAGE_CHARACTERS
    while _length(text[:limit]) > MAX_MESSAGE_CHARACTERS:
        # A character is one unit or two, so at least half as many characters as units are too many.
        limit -= (_length(text[:limit]) - MAX_MESSAGE_CHARACTERS + 1) // 2
    for mark in ("\n\n", "\n", " "):
        position = text.rfind(mark, limit // 2, limit)
        if position > 0:
            return position
    return limit


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _incoming(update_id: int, message: dict[str, Any], *, is_edited: bool) -> Incoming | None:
    chat, sender = message["chat"], message.get("from") or {}
    if chat.get("type") != "private" or sender.get("is_bot"):
        return None
    text = str(message.get("text") or message.get("caption") or "").strip()
    name = " ".join(str(sender.get(key) or "") for key in ("first_name", "last_name"))
    return Incoming(
        id=str(update_id),
        chat_id=str(int(chat["id"])),
        text=text,
        name=name.strip()[:80],
        language=_language(str(sender.get("language_code") or "")),
        is_start=text == "/start" or text.startswith("/start "),
        is_edited=is_edited,
        files=tuple(kind for kind in _FILES if message.get(kind)),
    )


def _language(code: str) -> str:
    """One of ours; empty for another."""
    code = code.lower()
    if code.startswith("zh"):
        return "zh-hans"
    return next((name for name, _label in languages.CHOICES if name == code.partition("-")[0]), "")


def _call(account: MessengerAccount, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """The result. Raises PermanentError or TemporaryError; the token, which is in the address, never shows in them."""
    url = f"{settings.TELEGRAM_API_URL}/bot{account.token}/{method}"
    try:
        status, content = asyncio.run(_post(url, body))
        answer = json.loads(content)
    except TimeoutError as error:
        raise TemporaryError("timeout") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TemporaryError("connection", type(error).__name__) from error
    except ValueError as error:
        raise TemporaryError("protocol") from error
    if not isinstance(answer, dict):
        raise TemporaryError("protocol", str(status))
    if answer.get("ok"):
        result = answer.get("result")
        return result if isinstance(result, dict) else {}
    raise _failure(status, answer)


def _failure(status: int, answer: dict[str, Any]) -> PermanentError | TemporaryError:
    words = f"{status} {answer.get('description', '')}"
    if status == _BLOCKED:
        return PermanentError("blocked", words)
    if status == _TOO_FAST:
        parameters = answer.get("parameters") or {}
        return TemporaryError("busy", words, retry_after=float(parameters.get("retry_after") or 0))
    # An administrator may put in a new token: later it may go through.
    if status in _NO_TOKEN:
        return TemporaryError("token", words)
    return PermanentError("rejected", words) if status == _BAD_REQUEST else TemporaryError("protocol", words)


async def _post(url: str, body: dict[str, Any]) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session,
        session.post(url, json=body, allow_redirects=False) as response,
    ):
        return response.status, await response.content.read(MAX_ANSWER_BYTES)
