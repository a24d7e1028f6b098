"""Feishu (飞书, Lark abroad): events of a custom app's bot and its messages. https://open.feishu.cn/document

Private chats only. The long connection needs no public address; its frames are in `feishu_connection`.
"""

import hashlib
import json
import logging
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.api import NotUsable, parse_json
from apps.core.errors import NotAuthenticated
from apps.customer_service.channels.delivery_errors import ConnectorError, PermanentError, TemporaryError
from apps.customer_service.messengers import feishu_connection
from apps.customer_service.messengers.adapter import (
    CredentialField,
    Delivery,
    DownloadedFile,
    HookCall,
    Incoming,
    Line,
    OutboundMessage,
    RemoteFile,
    Unparseable,
)
from apps.customer_service.messengers.callback_proofs import decrypt, require_equal, require_recent
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.messengers.platform_calls import (
    Answer,
    Request,
    TokenExpired,
    ask,
    call,
    download,
    with_token,
)
from apps.customer_service.messengers.text_parts import parts, send_each

logger = logging.getLogger(__name__)

# A repeated event is signed anew, so an old signature is a recorded one.
MAX_AGE_SECONDS = 600
# A card may hold 30 KB, of which a character takes up to four bytes, or six once it is escaped in JSON.
MAX_MESSAGE_CHARACTERS = 4000
AES_BLOCK_BYTES = 16
MESSAGE_EVENT = "im.message.receive_v1"
_EXPIRED = {99991663, 99991664, 99991668, 99991671}
_TOO_FAST = {99991400, 230020, 11232}
_NO_CREDENTIALS = {10003, 10014, 10015, 99991543}
# The bot is not in the chat, or the person may not use it (any more).
_BLOCKED = {230002, 230013}
_NO_PERMISSION = {230006, 230027, 99991672, 99991679}
_TOO_MANY_REQUESTS = 429
_SERVER_FAULT = 500


class Feishu:
    fields = (
        CredentialField("app_id", "App ID"),
        CredentialField("app_secret", "App Secret", is_secret=True),
        CredentialField(
            "encrypt_key",
            "Encrypt Key",
            _("Only for the callback address, under “Encryption strategy”."),
            is_secret=True,
            is_for_hook=True,
        ),
        CredentialField(
            "verification_token",
            "Verification Token",
            _("Only for the callback address, under “Encryption strategy”."),
            is_secret=True,
            is_for_hook=True,
        ),
    )
    registers_hook = False

    def read_call(self, account: MessengerAccount, call: HookCall) -> Delivery:
        key = account.credentials.get("encrypt_key", "")
        if not key:
            raise NotAuthenticated
        try:
            encrypted = parse_json(call.body)["encrypt"]
            aes_key = hashlib.sha256(key.encode()).digest()
            opened = decrypt(str(encrypted), aes_key, block_bytes=AES_BLOCK_BYTES)
            event = parse_json(opened)
            is_challenge = event.get("type") == "url_verification"
        except (NotUsable, KeyError, TypeError, AttributeError) as error:
            raise NotAuthenticated from error
        if is_challenge:
            # It comes while the address is being saved in the console, and not signed.
            require_equal(str(event.get("token")), account.credentials.get("verification_token", ""))
            return Delivery(answer=json.dumps({"challenge": str(event.get("challenge"))}))
        timestamp = call.headers.get("X-Lark-Request-Timestamp", "")
        signed = f"{timestamp}{call.headers.get('X-Lark-Request-Nonce', '')}{key}".encode() + call.body
        require_equal(call.headers.get("X-Lark-Signature", ""), hashlib.sha256(signed).hexdigest())
        require_recent(timestamp, seconds=MAX_AGE_SECONDS)
        return Delivery(incoming_of(account, event))

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """The last part is a card where there are sources to name."""
        pieces = [
            ("text", json.dumps({"text": part})) for part in parts(message.text, MAX_MESSAGE_CHARACTERS)
        ]
        if message.sources:
            *earlier, last = parts(message.text, MAX_MESSAGE_CHARACTERS) or [""]
            pieces[len(earlier) :] = [("interactive", json.dumps(_card(last, message.sources)))]

        def send_one(piece: tuple[str, str]) -> str:
            kind, content = piece
            sent = _call(
                account,
                "im/v1/messages",
                query={"receive_id_type": "chat_id"},
                body={"receive_id": message.chat_id, "msg_type": kind, "content": content},
            )
            return str((sent.get("data") or {}).get("message_id", ""))

        return send_each(message, pieces, send_one)

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        bot = _call(account, "bot/v3/info", method="GET").get("bot") or {}
        return str(bot.get("app_name", ""))[:100]

    def download(self, account: MessengerAccount, file: RemoteFile) -> DownloadedFile:
        message_id, key, kind = file.reference.split("/")
        url = f"{settings.FEISHU_API_URL}/open-apis/im/v1/messages/{message_id}/resources/{key}"

        def ask_with(token: str) -> DownloadedFile:
            request = Request(url, "GET", {"type": kind}, _bearer(token))
            answer, downloaded = download(request, name=file.name, max_bytes=settings.ATTACHMENT_MAX_BYTES)
            if answer.status != 200:
                raise _failure(answer)
            return downloaded

        return with_token(account, lambda: _fetch_token(account), ask_with)

    async def listen(self, account: MessengerAccount, line: Line) -> None:
        body = {
            "AppID": account.credentials.get("app_id"),
            "AppSecret": account.credentials.get("app_secret"),
        }
        url = f"{settings.FEISHU_API_URL}/callback/ws/endpoint"
        answer = await ask(Request(url, headers={"locale": "zh"}, body=body))
        if answer.status != 200 or answer.body.get("code") != 0:
            # Whatever it says of the credentials, somebody may mend them: it is asked again later.
            raise TemporaryError("credentials", _words(answer))

        async def take(payload: bytes) -> bool:
            try:
                incoming = incoming_of(account, parse_json(payload))
            except (NotUsable, Unparseable) as error:
                # Brought again it would be no better.
                logger.warning("an event of feishu cannot be read: %s", type(error).__name__)
                return True
            return incoming is None or await line.take(incoming)

        await feishu_connection.hold(answer.body.get("data") or {}, line.opened, take)


def incoming_of(account: MessengerAccount, event: Any) -> Incoming | None:
    """None for what is no message to us in a private chat. Raises Unparseable."""
    try:
        header, content = event["header"], event["event"]
        if header["event_type"] != MESSAGE_EVENT or header["app_id"] != account.credentials.get("app_id"):
            return None
        message, sender = content["message"], content["sender"]
        if message["chat_type"] != "p2p" or sender.get("sender_type") != "user":
            return None
        return _incoming(message, parse_json(str(message["content"]).encode()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unparseable(type(error).__name__) from error


def _incoming(message: dict[str, Any], content: dict[str, Any]) -> Incoming:
    message_id, kind = str(message["message_id"]), str(message["message_type"])
    text, attachments = "", []
    if kind == "text":
        text = str(content["text"])
    elif kind == "post":
        text, images = _post(content)
        attachments = [RemoteFile(_reference(message_id, key, "image")) for key in images]
    elif kind == "image":
        attachments = [RemoteFile(_reference(message_id, content["image_key"], "image"))]
    elif kind in ("file", "audio"):
        name, is_voice = str(content.get("file_name") or ""), kind == "audio"
        attachments = [RemoteFile(_reference(message_id, content["file_key"], "file"), name, is_voice)]
    is_read = bool(text.strip() or attachments)
    return Incoming(
        id=message_id,
        chat_id=str(message["chat_id"]),
        text=text,
        files=() if is_read else (kind,),
        attachments=tuple(attachments),
    )


def _reference(*parts: object) -> str:
    """Parts of the address that the file is downloaded from."""
    return "/".join(quote(str(part), safe="") for part in parts)


def _post(content: dict[str, Any]) -> tuple[str, list[str]]:
    """The words of a rich text, and the keys of the pictures in it."""
    lines, images = [str(content.get("title") or "")], []
    for paragraph in content["content"]:
        lines.append("".join(str(part.get("text") or "") for part in paragraph))
        images += [str(part["image_key"]) for part in paragraph if part.get("tag") == "img"]
    return "\n".join(lines).strip(), images


def _card(text: str, sources: tuple[str, ...]) -> dict[str, Any]:
    """Plain text throughout: nothing in it has a meaning that would have to be escaped."""
    notes = [{"tag": "plain_text", "content": source} for source in sources]
    return {
        "config": {"wide_screen_mode": True},
        "elements": [
            {"tag": "div", "text": {"tag": "plain_text", "content": text}},
            {"tag": "hr"},
            *({"tag": "note", "elements": [note]} for note in notes),
        ],
    }


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _call(
    account: MessengerAccount,
    path: str,
    *,
    method: str = "POST",
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    def ask_with(token: str) -> dict[str, Any]:
        url = f"{settings.FEISHU_API_URL}/open-apis/{path}"
        answer = call(Request(url, method, query or {}, _bearer(token), body))
        if answer.body.get("code") != 0:
            raise _failure(answer)
        return answer.body

    return with_token(account, lambda: _fetch_token(account), ask_with)


def _fetch_token(account: MessengerAccount) -> str:
    url = f"{settings.FEISHU_API_URL}/open-apis/auth/v3/tenant_access_token/internal"
    names = ("app_id", "app_secret")
    answer = call(Request(url, body={name: account.credentials.get(name, "") for name in names}))
    if answer.body.get("code") != 0:
        raise _failure(answer)
    return str(answer.body.get("tenant_access_token", ""))


def _failure(answer: Answer) -> ConnectorError:
    code, words = answer.body.get("code"), _words(answer)
    if code in _EXPIRED:
        return TokenExpired("credentials", words)
    if code in _TOO_FAST or answer.status == _TOO_MANY_REQUESTS:
        return TemporaryError("busy", words, retry_after=answer.number("x-ogw-ratelimit-reset"))
    # An administrator may put this right: later it may go through.
    if code in _NO_CREDENTIALS:
        return TemporaryError("credentials", words)
    if code in _NO_PERMISSION:
        return TemporaryError("permission", words)
    if code in _BLOCKED:
        return PermanentError("blocked", words)
    is_their_fault = answer.status >= _SERVER_FAULT
    return TemporaryError("protocol", words) if is_their_fault else PermanentError("rejected", words)


def _words(answer: Answer) -> str:
    return f"{answer.body.get('code')} {answer.body.get('msg', '')}"
