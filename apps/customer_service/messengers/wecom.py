"""WeCom (企业微信): customer service for people in WeChat (微信客服), and apps for members.
https://developer.work.weixin.qq.com/document

Its calls are encrypted XML. Those of customer service only say that messages wait; those of an app bring them.
"""

import base64
import binascii
import hashlib
import struct
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotAuthenticated
from apps.core.xml_input import NotXml, parse_xml
from apps.customer_service.channels.delivery_errors import ConnectorError, PermanentError, TemporaryError
from apps.customer_service.messengers.adapter import (
    CredentialField,
    Delivery,
    DownloadedFile,
    Fetched,
    HookCall,
    Incoming,
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
    call,
    download,
    with_token,
)
from apps.customer_service.messengers.text_parts import parts, send_each, utf8_length

MAX_AGE_SECONDS = 600
MAX_MESSAGE_BYTES = 2048
# WeCom pads to 32 bytes, twice the block of AES.
AES_BLOCK_BYTES = 32
# So many messages are stored in one transaction.
FETCHED_AT_ONCE = 100
FROM_CUSTOMER = 3
_EXPIRED = {40014, 41001, 42001}
_TOO_FAST = {-1, 45009, 45033}
_NO_CREDENTIALS = {40001, 40013, 40056, 40082}
_NO_PERMISSION = {48002, 60011, 301002, 95017}
_NOT_TRUSTED = 60020
# What ends when the visitor writes again: five messages within 48 hours.
_WINDOW = {45015, 45047, 95001, 95002}
_NOT_OURS_TO_ANSWER = {95013, 95018}
_NOBODY = {40003, 40031, 46004, 60111, 81013}
_FAIL_TYPES = {4: "window", 6: "window", 10: "blocked"}


class WeCom:
    fields = (
        CredentialField("corp_id", _("Corp ID"), _("Under “My Company”.")),
        CredentialField("secret", "Secret", _("Of the app, under “App Management”."), is_secret=True),
        CredentialField(
            "open_kfid",
            _("Customer service account ID"),
            _("Begins with wk. For WeChat customer service; leave empty for an app."),
            unless="agent_id",
        ),
        CredentialField(
            "agent_id",
            "AgentId",
            _("For an app that members write to; leave empty for customer service."),
            unless="open_kfid",
        ),
        CredentialField("token", "Token", _("Under “Receive messages”."), is_secret=True),
        CredentialField(
            "encoding_aes_key",
            "EncodingAESKey",
            _("Under “Receive messages”."),
            is_secret=True,
            characters=43,
        ),
    )
    registers_hook = False

    def read_call(self, account: MessengerAccount, call: HookCall) -> Delivery:
        if call.method == "GET":
            # It comes while the address is being saved in the console, and wants to read this again.
            return Delivery(
                answer=_opened(account, call, call.query.get("echostr", "")).decode(errors="replace")
            )
        try:
            encrypted = _xml(call.body).get("Encrypt", "")
        except Unparseable as error:
            raise NotAuthenticated from error
        update = _xml(_opened(account, call, encrypted))
        if update.get("Event") == "kf_msg_or_event":
            is_ours = update.get("OpenKfId") == account.credentials.get("open_kfid")
            return Delivery(fetch_token=update.get("Token", "") if is_ours else None, answer="success")
        return Delivery(_app_message(account, update), answer="success")

    def fetch(self, account: MessengerAccount, token: str) -> Fetched:
        open_kfid = account.credentials.get("open_kfid", "")
        body = {
            "cursor": account.cursor,
            "token": token,
            "limit": FETCHED_AT_ONCE,
            "open_kfid": open_kfid,
        }
        answer = _call(account, "kf/sync_msg", body)
        try:
            # Without a cursor it begins three days ago, before there was this channel.
            since = account.channel.created_at.timestamp()
            listed = [each for each in answer.get("msg_list", []) if int(each["send_time"]) >= since]
            messages = [each for each in listed if each.get("origin") == FROM_CUSTOMER]
            names = _names(account, {str(each["external_userid"]) for each in messages})
            return Fetched(
                tuple(_customer_message(each, names) for each in messages),
                str(answer["next_cursor"]),
                answer.get("has_more") == 1,
                dict(_failures(listed)),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TemporaryError("protocol", type(error).__name__) from error

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """As text: WeCom's cards want a link, and a picture or a button to go with it."""
        agent_id = account.credentials.get("agent_id", "")

        def send_one(part: str) -> str:
            body = {"touser": message.chat_id, "msgtype": "text", "text": {"content": part}}
            if agent_id:
                answer = _call(account, "message/send", {**body, "agentid": agent_id})
                if answer.get("invaliduser"):
                    raise PermanentError("recipient")
            else:
                open_kfid = account.credentials.get("open_kfid", "")
                answer = _call(account, "kf/send_msg", {**body, "open_kfid": open_kfid})
            return str(answer.get("msgid", ""))

        pieces = parts(message.whole, MAX_MESSAGE_BYTES, length=utf8_length, widest=4)
        return send_each(message, pieces, send_one)

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        if agent_id := account.credentials.get("agent_id", ""):
            return str(_call(account, "agent/get", query={"agentid": agent_id}).get("name", ""))[:100]
        listed = _call(account, "kf/account/list", {"offset": 0, "limit": 100}).get("account_list") or []
        for each in listed:
            if each.get("open_kfid") == account.credentials.get("open_kfid"):
                return str(each.get("name", ""))[:100]
        raise PermanentError("kf_account")

    def download(self, account: MessengerAccount, file: RemoteFile) -> DownloadedFile:
        def ask_with(token: str) -> DownloadedFile:
            query = {"access_token": token, "media_id": file.reference}
            request = Request(f"{settings.WECOM_API_URL}/cgi-bin/media/get", "GET", query)
            answer, downloaded = download(request, name=file.name, max_bytes=settings.ATTACHMENT_MAX_BYTES)
            # A file has a name there; what has none is an answer.
            if "Content-Disposition" not in answer.headers and answer.body.get("errcode"):
                raise _failure(answer.body)
            return downloaded

        return with_token(account, lambda: _fetch_token(account), ask_with)


def _opened(account: MessengerAccount, call: HookCall, encrypted: str) -> bytes:
    """What the call holds: 16 random bytes, the length, the text, whom it is for. Raises NotAuthenticated."""
    credentials = account.credentials
    names = ("timestamp", "nonce")
    signed = sorted([credentials["token"], encrypted, *(call.query.get(name, "") for name in names)])
    signature = hashlib.sha1("".join(signed).encode(errors="replace"), usedforsecurity=False).hexdigest()
    require_equal(call.query.get("msg_signature", ""), signature)
    require_recent(call.query.get("timestamp", ""), seconds=MAX_AGE_SECONDS)
    try:
        key = base64.b64decode(credentials["encoding_aes_key"] + "=")
        content = decrypt(encrypted, key, block_bytes=AES_BLOCK_BYTES, vector=key[:16])
        (length,) = struct.unpack(">I", content[16:20])
    except (binascii.Error, struct.error) as error:
        raise NotAuthenticated from error
    # A key that leaked from another company's callback would open it, too.
    require_equal(content[20 + length :].decode(errors="replace"), credentials["corp_id"])
    return content[20 : 20 + length]


def _xml(content: bytes) -> dict[str, str]:
    """The elements below the root. Raises Unparseable."""
    try:
        root = parse_xml(content)
    except NotXml as error:
        raise Unparseable("xml") from error
    return {str(element.tag): element.text or "" for element in root if isinstance(element.tag, str)}


def _app_message(account: MessengerAccount, update: dict[str, str]) -> Incoming | None:
    """What a member wrote to the app; None for events."""
    kind, message_id, agent_id = (update.get(name, "") for name in ("MsgType", "MsgId", "AgentID"))
    if kind == "event" or not message_id or agent_id != account.credentials.get("agent_id"):
        return None
    content = {
        "content": update.get("Content", ""),
        "media_id": update.get("MediaId", ""),
    }
    # A user ID is what members of a company call each other.
    user_id = update.get("FromUserName", "")
    return _incoming(message_id, user_id, kind, content, name=user_id)


def _customer_message(message: dict[str, Any], names: dict[str, str]) -> Incoming:
    customer, kind = str(message["external_userid"]), str(message["msgtype"])
    content = message.get(kind) or {}
    return _incoming(str(message["msgid"]), customer, kind, content, name=names.get(customer, ""))


def _incoming(message_id: str, chat_id: str, kind: str, content: dict[str, Any], *, name: str) -> Incoming:
    text = str(content.get("content") or "") if kind == "text" else ""
    is_fetched = kind in ("image", "voice", "file") and content.get("media_id")
    attachments = (RemoteFile(str(content["media_id"]), is_voice=kind == "voice"),) if is_fetched else ()
    files = () if text.strip() or attachments else (kind,)
    return Incoming(message_id, chat_id, text, name=name[:80], files=files, attachments=attachments)


def _names(account: MessengerAccount, customers: set[str]) -> dict[str, str]:
    """What people call themselves in WeChat."""
    if not customers:
        return {}
    try:
        answer = _call(account, "kf/customer/batchget", {"external_userid_list": sorted(customers)})
    except ConnectorError:
        # What they wrote matters more.
        return {}
    return {
        str(each.get("external_userid")): str(each.get("nickname") or "")
        for each in answer.get("customer_list") or []
    }


def _failures(listed: list[dict[str, Any]]) -> list[tuple[str, ConnectorError]]:
    """Messages of ours that WeCom took and then could not bring."""
    events = [each["event"] for each in listed if each.get("msgtype") == "event"]
    return [
        (str(event["fail_msgid"]), PermanentError(_FAIL_TYPES.get(event.get("fail_type"), "rejected")))
        for event in events
        if event.get("event_type") == "msg_send_fail" and event.get("fail_msgid")
    ]


def _call(
    account: MessengerAccount,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    def ask_with(token: str) -> dict[str, Any]:
        url, method = f"{settings.WECOM_API_URL}/cgi-bin/{path}", "POST" if body else "GET"
        return _checked(call(Request(url, method, {"access_token": token, **(query or {})}, body=body)))

    return with_token(account, lambda: _fetch_token(account), ask_with)


def _fetch_token(account: MessengerAccount) -> str:
    credentials = account.credentials
    query = {"corpid": credentials["corp_id"], "corpsecret": credentials["secret"]}
    answer = call(Request(f"{settings.WECOM_API_URL}/cgi-bin/gettoken", "GET", query))
    return str(_checked(answer).get("access_token", ""))


def _checked(answer: Answer) -> dict[str, Any]:
    if answer.body.get("errcode"):
        raise _failure(answer.body)
    return answer.body


def _failure(answer: dict[str, Any]) -> ConnectorError:
    code, words = answer.get("errcode"), f"{answer.get('errcode')} {answer.get('errmsg', '')}"
    temporary = {
        "busy": _TOO_FAST,
        # An administrator may put these right: later it may go through.
        "credentials": _NO_CREDENTIALS,
        "permission": _NO_PERMISSION,
        "trusted_ip": {_NOT_TRUSTED},
    }
    permanent = {"window": _WINDOW, "elsewhere": _NOT_OURS_TO_ANSWER, "recipient": _NOBODY}
    if code in _EXPIRED:
        return TokenExpired("credentials", words)
    for name, codes in temporary.items():
        if code in codes:
            return TemporaryError(name, words, retry_after=60 if name == "busy" else 0)
    return PermanentError(
        next((name for name, codes in permanent.items() if code in codes), "rejected"), words
    )
