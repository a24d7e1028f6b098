"""DingTalk (钉钉): a company's robot. https://open.dingtalk.com/document/orgapp/robot-overview

Private chats only. Its stream needs no public address: JSON over a web socket, as its public SDKs speak it.
"""

import base64
import hashlib
import hmac
import json
import logging
from typing import Any
from urllib.parse import quote

import aiohttp
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.api import NotUsable, parse_json
from apps.customer_service.channels.delivery_errors import ConnectorError, PermanentError, TemporaryError
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
from apps.customer_service.messengers.callback_proofs import require_equal, require_recent
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.messengers.platform_calls import (
    Answer,
    Request,
    TokenExpired,
    ask,
    call,
    download,
    web_socket,
    with_token,
)
from apps.customer_service.messengers.text_parts import parts, send_each

logger = logging.getLogger(__name__)

# As its documentation has it.
MAX_AGE_SECONDS = 3600
MAX_MESSAGE_CHARACTERS = 4000
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
PRIVATE_CHAT = "1"
_OK, _UNAUTHORISED, _TOO_MANY_REQUESTS, _SERVER_FAULT = 200, 401, 429, 500


class DingTalk:
    fields = (
        CredentialField("client_id", "Client ID", _("Formerly AppKey.")),
        CredentialField("client_secret", "Client Secret", _("Formerly AppSecret."), is_secret=True),
        CredentialField("robot_code", "RobotCode", _("Empty: the same as the Client ID."), is_required=False),
    )
    registers_hook = False

    def read_call(self, account: MessengerAccount, call: HookCall) -> Delivery:
        timestamp, secret = call.headers.get("timestamp", ""), account.credentials["client_secret"]
        signed = f"{timestamp}\n{secret}".encode(errors="replace")
        signature = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
        require_equal(call.headers.get("sign", ""), signature)
        # Milliseconds.
        require_recent(timestamp[:-3], seconds=MAX_AGE_SECONDS)
        return Delivery(incoming_of(account, call.body))

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """As text with its sources below: DingTalk's cards want a link, and Markdown would read marks into the words."""

        def send_one(part: str) -> str:
            body = {
                "robotCode": _robot_code(account),
                "userIds": [message.chat_id],
                "msgKey": "sampleText",
                "msgParam": json.dumps({"content": part}),
            }
            answer = _call(account, "robot/oToMessages/batchSend", body)
            if answer.get("flowControlledStaffIdList"):
                raise TemporaryError("busy", retry_after=60)
            if answer.get("invalidStaffIdList"):
                raise PermanentError("recipient")
            return str(answer.get("processQueryKey", ""))

        return send_each(message, parts(message.whole, MAX_MESSAGE_CHARACTERS), send_one)

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        _fetch_token(account)
        return _robot_code(account)[:100]

    def download(self, account: MessengerAccount, file: RemoteFile) -> DownloadedFile:
        """In two steps: a code, an address of the hour."""
        body = {"downloadCode": file.reference, "robotCode": _robot_code(account)}
        url = str(_call(account, "robot/messageFiles/download", body).get("downloadUrl", ""))
        request = Request(url, "GET")
        answer, downloaded = download(request, name=file.name, max_bytes=settings.ATTACHMENT_MAX_BYTES)
        if answer.status != _OK:
            raise TemporaryError("protocol", str(answer.status))
        return downloaded

    async def listen(self, account: MessengerAccount, line: Line) -> None:
        credentials = account.credentials
        body = {
            "clientId": credentials["client_id"],
            "clientSecret": credentials["client_secret"],
            "subscriptions": [{"type": "CALLBACK", "topic": ROBOT_TOPIC}],
            "ua": "kongming",
        }
        answer = await ask(Request(f"{settings.DINGTALK_API_URL}/v1.0/gateway/connections/open", body=body))
        if answer.status != _OK:
            raise _failure(answer)
        url = f"{answer.body.get('endpoint')}?ticket={quote(str(answer.body.get('ticket')), safe='')}"
        async with web_socket(url) as socket:
            await line.opened()
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                frame = _frame(message.data)
                if frame.get("type") == "SYSTEM" and _topic(frame) == "disconnect":
                    return
                await socket.send_str(json.dumps(await _acknowledgement(account, frame, line)))


def incoming_of(account: MessengerAccount, content: bytes) -> Incoming | None:
    """None for what is no message to us in a private chat. Raises Unparseable."""
    try:
        message = parse_json(content)
        is_ours = message.get("robotCode", _robot_code(account)) == _robot_code(account)
        if not is_ours or str(message["conversationType"]) != PRIVATE_CHAT:
            return None
        return _incoming(message)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unparseable(type(error).__name__) from error


def _incoming(message: dict[str, Any]) -> Incoming:
    kind, content = str(message["msgtype"]), message.get("content") or {}
    texts, attachments = [], []
    if kind == "text":
        texts = [str(message["text"]["content"])]
    elif kind == "richText":
        texts = [str(part["text"]) for part in content["richText"] if part.get("text")]
        codes = [part["downloadCode"] for part in content["richText"] if part.get("downloadCode")]
        attachments = [RemoteFile(str(code)) for code in codes]
    elif kind == "audio" and content.get("recognition"):
        # DingTalk has written down what was said.
        texts = [str(content["recognition"])]
    elif kind in ("picture", "file", "audio"):
        code, name = str(content["downloadCode"]), str(content.get("fileName") or "")
        attachments = [RemoteFile(code, name, is_voice=kind == "audio")]
    text = "\n".join(texts)
    return Incoming(
        id=str(message["msgId"]),
        # Of people outside of the company there is no other; they cannot be answered.
        chat_id=str(message.get("senderStaffId") or message["senderId"]),
        text=text,
        name=str(message.get("senderNick") or "")[:80],
        files=() if text.strip() or attachments else (kind,),
        attachments=tuple(attachments),
    )


def _frame(content: str) -> dict[str, Any]:
    try:
        frame = parse_json(content.encode(errors="replace"))
    except NotUsable as error:
        raise TemporaryError("protocol") from error
    return frame if isinstance(frame, dict) else {}


def _topic(frame: dict[str, Any]) -> str:
    headers = frame.get("headers")
    return str(headers.get("topic")) if isinstance(headers, dict) else ""


async def _acknowledgement(account: MessengerAccount, frame: dict[str, Any], line: Line) -> dict[str, Any]:
    """200, or 500 for a message that shall come again. A ping is answered with what it holds."""
    code, content = 200, str(frame.get("data") or "")
    if frame.get("type") == "CALLBACK" and _topic(frame) == ROBOT_TOPIC:
        try:
            incoming = incoming_of(account, content.encode(errors="replace"))
            code = 200 if incoming is None or await line.take(incoming) else 500
        except Unparseable as error:
            logger.warning("an update of dingtalk cannot be read: %s", error)
        content = json.dumps({"response": None})
    headers = frame.get("headers") or {}
    told = {"messageId": headers.get("messageId"), "contentType": "application/json"}
    return {"code": code, "headers": told, "message": "OK", "data": content}


def _robot_code(account: MessengerAccount) -> str:
    return account.credentials.get("robot_code") or account.credentials["client_id"]


def _call(account: MessengerAccount, path: str, body: dict[str, Any]) -> dict[str, Any]:
    def ask_with(token: str) -> dict[str, Any]:
        headers = {"x-acs-dingtalk-access-token": token}
        answer = call(Request(f"{settings.DINGTALK_API_URL}/v1.0/{path}", headers=headers, body=body))
        if answer.status != _OK:
            raise _failure(answer)
        return answer.body

    return with_token(account, lambda: _fetch_token(account), ask_with)


def _fetch_token(account: MessengerAccount) -> str:
    credentials = account.credentials
    body = {"appKey": credentials["client_id"], "appSecret": credentials["client_secret"]}
    answer = call(Request(f"{settings.DINGTALK_API_URL}/v1.0/oauth2/accessToken", body=body))
    if answer.status != _OK:
        failure = _failure(answer)
        is_refused = isinstance(failure, PermanentError | TokenExpired)
        raise TemporaryError("credentials", failure.detail) if is_refused else failure
    return str(answer.body.get("accessToken", ""))


def _failure(answer: Answer) -> ConnectorError:
    """DingTalk names its errors in words."""
    code = str(answer.body.get("code", answer.status))
    words = f"{code} {answer.body.get('message', '')}"
    if code == "InvalidAuthentication" or answer.status == _UNAUTHORISED:
        return TokenExpired("credentials", words)
    if answer.status == _TOO_MANY_REQUESTS or "QpsLimit" in code or code.startswith("Throttling"):
        return TemporaryError("busy", words, retry_after=answer.number("Retry-After"))
    if code.startswith("Forbidden"):
        return TemporaryError("permission", words)
    is_their_fault = answer.status >= _SERVER_FAULT
    return TemporaryError("protocol", words) if is_their_fault else PermanentError("rejected", words)
