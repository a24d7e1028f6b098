"""Telegram's Bot API: https://core.telegram.org/bots/api"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.core.api import parse_json
from apps.customer_service.channels.delivery_errors import PermanentError, TemporaryError
from apps.customer_service.messengers.adapter import (
    CredentialField,
    Delivery,
    DownloadedFile,
    HookCall,
    Incoming,
    OutboundMessage,
    RemoteFile,
    Unparseable,
)
from apps.customer_service.messengers.callback_proofs import require_equal
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.messengers.platform_calls import Request, call
from apps.customer_service.messengers.text_parts import parts, send_each

# In UTF-16 units, as Telegram counts.
MAX_MESSAGE_CHARACTERS = 4096
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
    fields = (
        CredentialField(
            "token", _("Token"), _("Create a bot with Telegram's @BotFather to get it."), is_secret=True
        ),
    )
    registers_hook = True

    def read_call(self, account: MessengerAccount, call: HookCall) -> Delivery:
        """Private chats only: in a group the bot would answer everything that people say to each other."""
        require_equal(call.headers.get(SECRET_HEADER, ""), account.hook_secret)
        try:
            update = parse_json(call.body)
            update_id = int(update["update_id"])
            message = update.get("message") or update.get("edited_message")
            if message is None:
                return Delivery()
            return Delivery(_incoming(update_id, message, is_edited="edited_message" in update))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Unparseable(str(error)) from error

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """Without parse_mode, so nothing in the text has a meaning that would have to be escaped."""

        def send_one(part: str) -> str:
            body = {
                "chat_id": message.chat_id,
                "text": part,
                "link_preview_options": {"is_disabled": True},
            }
            return str(_call(account, "sendMessage", body).get("message_id", ""))

        return send_each(message, text_parts(message.whole), send_one)

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        bot = _call(account, "getMe", {})
        _call(
            account,
            "setWebhook",
            {"url": hook_url, "secret_token": account.hook_secret, "allowed_updates": UPDATES},
        )
        return str(bot.get("username", ""))[:100]

    def download(self, account: MessengerAccount, file: RemoteFile) -> DownloadedFile:
        """None is asked for: `_incoming` names files and fetches none."""
        raise PermanentError("rejected")


def text_parts(text: str) -> list[str]:
    """Telegram counts UTF-16 units: an emoji is two."""
    return parts(
        text,
        MAX_MESSAGE_CHARACTERS,
        length=lambda some: len(some.encode("utf-16-le", "replace")) // 2,
        widest=2,
    )


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
    token = account.credentials.get("token", "")
    answer = call(Request(f"{settings.TELEGRAM_API_URL}/bot{token}/{method}", body=body))
    if answer.body.get("ok"):
        result = answer.body.get("result")
        return result if isinstance(result, dict) else {}
    raise _failure(answer.status, answer.body)


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
