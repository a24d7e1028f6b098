"""WeCom: calls encrypted and signed as its documentation says, messages fetched from and sent to a server of our own."""

import base64
import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment, Conversation, Message, OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.messengers.models import MessengerAccount
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.messengers.conftest import Make, bring, encrypt, json_reply, paths
from tests.loopback_server import LoopbackServer, Reply, serving

pytestmark = pytest.mark.django_db

# Of the sample that comes with WeCom's own libraries.
TOKEN, AES_KEY = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
CORP_ID = "ww1436e0e65a779aee"
KF, CUSTOMER = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
AUTH = f"/cgi-bin/gettoken?corpid={CORP_ID}&corpsecret=s3cret"
SYNC, NAMES, SEND, APP_SEND, MEDIA = (
    f"/cgi-bin/{path}?access_token=t-1"
    for path in ("kf/sync_msg", "kf/customer/batchget", "kf/send_msg", "message/send", "media/get")
)


@pytest.fixture
def api(settings: Any) -> Iterator[LoopbackServer]:
    people = [{"external_userid": CUSTOMER, "nickname": "Vera"}]
    replies = {
        AUTH: json_reply(errcode=0, access_token="t-1", expires_in=7200),
        NAMES: json_reply(errcode=0, customer_list=people),
        SEND: json_reply(errcode=0, msgid="sent_1"),
        APP_SEND: json_reply(errcode=0, msgid="sent_2"),
    }
    with serving(replies) as server:
        settings.WECOM_API_URL = server.url
        yield server


@pytest.fixture
def account(make_account: Make, api: LoopbackServer) -> MessengerAccount:
    return make_account("wecom", open_kfid=KF, **console())


@pytest.fixture
def app_account(make_account: Make, api: LoopbackServer) -> MessengerAccount:
    return make_account("wecom", agent_id="1000002", **console())


def console() -> dict[str, str]:
    return {"corp_id": CORP_ID, "secret": "s3cret", "token": TOKEN, "encoding_aes_key": AES_KEY}


def signed_query(encrypted: str, at: float | None = None, **query: str) -> str:
    values = {"timestamp": str(int(at or time.time())), "nonce": "1597212914"}
    signature = hashlib.sha1("".join(sorted([TOKEN, encrypted, *values.values()])).encode()).hexdigest()
    return "?" + urlencode({"msg_signature": signature, **values, **query})


def sealed(content: str, *, corp_id: str = CORP_ID) -> str:
    key = base64.b64decode(AES_KEY + "=")
    text = content.encode()
    whole = b"aaaabbbbccccdddd" + struct.pack(">I", len(text)) + text + corp_id.encode()
    return encrypt(whole, key, key[:16], block_bytes=32)


def call(account: MessengerAccount, *, at: float | None = None, corp_id: str = CORP_ID, **fields: str) -> Any:
    elements = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    encrypted = sealed(f"<xml>{elements}</xml>", corp_id=corp_id)
    body = f"<xml><ToUserName>{CORP_ID}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return bring(account, body.encode(), query=signed_query(encrypted, at))


def tell(account: MessengerAccount, desk: Desk) -> Job:
    """WeCom says that messages wait; the job fetches them."""
    event = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": "ENC1", "OpenKfId": KF}
    answer = call(account, **event)
    assert (answer.status_code, answer.content) == (200, b"success")
    return desk.work(Job.objects.filter(kind="customer_service.fetch_messages").latest("id"))


def message(
    number: int, kind: str = "text", *, origin: int = 3, at: float | None = None, **content: Any
) -> Any:
    return {
        "msgid": f"msg_{number}",
        "open_kfid": KF,
        "external_userid": CUSTOMER,
        "send_time": int((at or time.time()) + 1),
        "origin": origin,
        "msgtype": kind,
        kind: content or {"content": f"Question {number}?"},
    }


def waiting(*messages: Any, cursor: str = "c1", has_more: int = 0) -> Reply:
    return json_reply(errcode=0, next_cursor=cursor, has_more=has_more, msg_list=list(messages))


def test_the_example_of_the_documentation_confirms_the_address(account: MessengerAccount) -> None:
    echo = "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
    signature = "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb"
    query = {"msg_signature": signature, "timestamp": "1476416373", "nonce": "47744683", "echostr": echo}
    path = f"/hooks/wecom/{account.pk}/"

    with time_machine.travel(1476416373 + 60):
        answer = Client().get(path, query)

    assert (answer.status_code, answer.content) == (200, b"1288432023552776189")
    assert Client().get(path, query).status_code == 401
    assert Client().get(path).status_code == 401


@pytest.mark.slow
def test_what_waits_is_fetched_once_and_answered(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, says: Say, alice_browser: Client
) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    api.replies[SYNC] = waiting(message(1, content="How long does delivery take?"), message(2, origin=5))

    fetching = tell(account, desk)
    tell(account, desk)

    assert "Tea on wecom" in alice_browser.get(f"/jobs/{fetching.pk}/").content.decode()
    question = Message.objects.select_related("conversation", "job").get()
    assert question.conversation.visitor_name == "Vera"
    asked = [request["body"] for request in api.requests if request["path"] == SYNC]
    assert [(each["cursor"], each["token"], each["open_kfid"]) for each in asked] == [
        ("", "ENC1", KF),
        ("c1", "ENC1", KF),
    ]
    desk.work(question.job)
    outbox.deliver_due()
    [body] = [request["body"] for request in api.requests if request["path"] == SEND]
    assert (body["touser"], body["open_kfid"]) == (CUSTOMER, KF)
    assert body["text"]["content"].endswith("[1] Handbook")
    assert OutgoingMessage.objects.get().external_id == "sent_1"


def test_messages_from_before_the_channel_are_left_alone(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    api.replies[SYNC] = waiting(message(1, at=time.time() - 3600))

    assert tell(account, desk).result == {"messages": 0}
    account.refresh_from_db()
    assert (account.cursor, Message.objects.count()) == ("c1", 0)


def test_another_account_of_the_company_brings_nothing(account: MessengerAccount) -> None:
    call(account, MsgType="event", Event="kf_msg_or_event", Token="ENC1", OpenKfId="wk_another")

    assert not Job.objects.exists()


def test_a_call_that_is_not_wecoms_is_refused(app_account: MessengerAccount) -> None:
    fields = {"MsgType": "text", "MsgId": "1", "AgentID": "1000002", "FromUserName": "z", "Content": "?"}
    assert call(app_account, **fields, at=time.time() - 3600).status_code == 401
    assert call(app_account, **fields, corp_id="ww_another").status_code == 401
    for body in (b"", b"<xml/>", b"<xml><Encrypt>eA==</Encrypt></xml>", b"<x>" * 100_000, b"\xff"):
        assert bring(app_account, body, query=signed_query("eA==")).status_code == 401
    assert not Message.objects.exists()


def test_members_write_to_an_app(app_account: MessengerAccount, api: LoopbackServer, desk: Desk) -> None:
    fields = {"MsgType": "text", "MsgId": "1", "AgentID": "1000002", "FromUserName": "zhang.san"}
    for _ in range(2):
        assert call(app_account, **fields, Content="年假几天？").content == b"success"
    call(app_account, MsgType="event", Event="enter_agent", AgentID="1000002", FromUserName="zhang.san")
    call(app_account, **{**fields, "MsgId": "2", "AgentID": "7"}, Content="To another app")
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="年假" * 600)
    outbox.deliver_due()

    assert [each.text for each in Message.objects.filter(author="visitor")] == ["年假几天？"]
    bodies = [request["body"] for request in api.requests if request["path"] == APP_SEND]
    assert [(each["touser"], each["agentid"]) for each in bodies] == [("zhang.san", "1000002")] * 2
    assert all(len(each["text"]["content"].encode()) <= 2048 for each in bodies)


def test_a_picture_is_fetched_under_the_name_that_wecom_tells(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    headers = {"Content-Disposition": 'attachment; filename="mould.png"'}
    api.replies[f"{MEDIA}&media_id=m7"] = Reply(b"\x89PNG\r\n\x1a\n" + b"\x00" * 32, headers=headers)
    api.replies[SYNC] = waiting(message(1, "image", media_id="m7"), message(2, "location", name="Shop"))
    tell(account, desk)
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    assert Attachment.objects.get().name == "mould.png"
    assert "mould.png" in Message.objects.get(author="visitor").text


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (95001, "failed", "window"),
        (95018, "failed", "elsewhere"),
        (60020, "pending", "trusted_ip"),
        (45009, "pending", "busy"),
    ],
)
def test_why_an_answer_does_not_go_through_is_told(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, code: int, state: str, reason: str
) -> None:
    api.replies[SYNC] = waiting(message(1))
    tell(account, desk)
    api.replies[SEND] = json_reply(errcode=code, errmsg="no")
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Hello")
    outbox.deliver_due()

    outgoing = OutgoingMessage.objects.get()
    assert (outgoing.state, outgoing.error) == (state, f"{reason}: {code} no")


def test_a_message_that_wecom_could_not_bring_is_told_later(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    api.replies[SYNC] = waiting(message(1))
    tell(account, desk)
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Hello")
    outbox.deliver_due()
    failed = {"event_type": "msg_send_fail", "fail_msgid": "sent_1", "fail_type": 4}
    api.replies[SYNC] = waiting(message(2, "event", origin=4, **failed), cursor="c2")
    tell(account, desk)

    outgoing = OutgoingMessage.objects.get()
    assert (outgoing.state, outgoing.error) == ("failed", "window: ")

    outbox.resend(desk.actor, outgoing)
    outbox.deliver_due()
    assert [request["path"] for request in api.requests].count(SEND) == 2


class AfterThis(threading.Event):
    """What the server answers after the reply that waits for it."""

    def __init__(self, api: LoopbackServer, reply: Reply) -> None:
        super().__init__()
        self.api, self.reply = api, reply

    def wait(self, timeout: float | None = None) -> bool:
        self.api.replies[SEND] = self.reply
        return True


def test_sent_again_a_message_goes_on_behind_what_arrived(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    api.replies[SYNC] = waiting(message(1))
    tell(account, desk)
    services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="茶" * 600 + "酒" * 600)
    open_again = api.replies[SEND]
    closed = AfterThis(api, json_reply(errcode=95001, errmsg="no"))
    api.replies[SEND] = replace(open_again, held_until=closed)
    outbox.deliver_due()

    api.replies[SEND] = open_again
    outbox.resend(desk.actor, OutgoingMessage.objects.get())
    outbox.deliver_due()

    bodies = [request["body"] for request in api.requests if request["path"] == SEND]
    first, refused, again = (body["text"]["content"] for body in bodies)
    assert (refused, first + again) == (again, "茶" * 600 + "酒" * 600)


@pytest.mark.parametrize("code", [42001, 40014])
def test_a_token_that_has_expired_is_fetched_anew_once(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, code: int
) -> None:
    api.replies[SYNC] = json_reply(errcode=code, errmsg="expired")

    tell(account, desk)

    assert paths(api) == ["/cgi-bin/gettoken", "/cgi-bin/kf/sync_msg"] * 2
    account.refresh_from_db()
    assert account.error == f"credentials: {code} expired"


def test_the_form_wants_an_account_or_an_app_and_a_whole_key(alice_browser: Client) -> None:
    form = {"name": "Tea", "language": "en", **console(), "encoding_aes_key": AES_KEY[:-1]}
    page = alice_browser.post("/conversations/channels/new/wecom/", form).content.decode()

    assert page.count("Copy this from the messenger") == 2
    assert "This has 43 characters." in page


def test_connecting_looks_for_the_account(
    account: MessengerAccount, api: LoopbackServer, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.tea.example"
    listed = "/cgi-bin/kf/account/list?access_token=t-1"
    for accounts, name, error in (
        ([{"open_kfid": KF, "name": "茶馆"}], "茶馆", ""),
        ([], "茶馆", "kf_account: "),
    ):
        api.replies[listed] = json_reply(errcode=0, account_list=accounts)
        alice_browser.post(f"/conversations/messengers/{account.pk}/connect/")
        account.refresh_from_db()
        assert (account.bot_name, account.error) == (name, error)
    assert json.dumps(console()) not in alice_browser.get("/conversations/channels/").content.decode()
