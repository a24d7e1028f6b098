"""Long connections: Feishu's frames and DingTalk's stream, spoken by a real server; one process holds one account."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.customer_service.conversations.models import Message
from apps.customer_service.messengers import connections
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.feishu_connection import DATA, Frame
from apps.customer_service.messengers.models import MessengerAccount
from llm_backend import event_loop
from tests.customer_service.messengers.conftest import Make
from tests.customer_service.messengers.socket_server import SocketServer, socket_server
from tests.customer_service.messengers.test_dingtalk import robot_message
from tests.customer_service.messengers.test_feishu import event

pytestmark = pytest.mark.django_db(transaction=True)

Heard = list[Any]


@pytest.fixture
def account(make_account: Make) -> MessengerAccount:
    return make_account("feishu", app_id="cli_1", app_secret="s3cret", has_long_connection=True)


def frame(payload: bytes, message_id: str = "m1", total: int = 1, number: int = 0) -> bytes:
    made = Frame(SeqID=1, LogID=2, service=7, method=DATA, payload=payload)
    for key, value in {"type": "event", "message_id": message_id, "sum": total, "seq": number}.items():
        made.headers.add(key=key, value=str(value))
    return bytes(made.SerializeToString())


def feishu_endpoint(url: str, _body: Any) -> Any:
    config = {"PingInterval": 0.001}
    return {"code": 0, "data": {"URL": f"{url}?device_id=1&service_id=7", "ClientConfig": config}}


def feishu(frames: list[bytes], heard: Heard, answers: int) -> Callable[[Any], Awaitable[None]]:
    async def talk(socket: web.WebSocketResponse) -> None:
        for each in frames:
            await socket.send_bytes(each)
        async for message in socket:
            received = Frame.FromString(message.data)
            heard.append(
                {header.key: header.value for header in received.headers} | {"payload": received.payload}
            )
            if len([each for each in heard if each["type"] == "event"]) == answers:
                return

    return talk


def hold(account: MessengerAccount, server: SocketServer, settings: Any) -> None:
    """What the task does, waited for."""
    settings.FEISHU_API_URL = settings.DINGTALK_API_URL = server.url
    accounts = MessengerAccount.objects.select_related("channel__organisation")
    event_loop.run(connections.hold(accounts.get(pk=account.pk)))


def test_an_event_comes_over_the_connection_whole_or_in_pieces(
    account: MessengerAccount, settings: Any
) -> None:
    first, second = (json.dumps(event(f"om_{number}", text=f"Tea {number}?")).encode() for number in (1, 2))
    frames = [
        frame(first),
        frame(second[:50], "m2", 2, 0),
        frame(second[50:], "m2", 2, 1),
        frame(first),
        b"\xff",
    ]
    heard: Heard = []
    with socket_server(feishu_endpoint, feishu(frames, heard, 3)) as server:
        hold(account, server, settings)

    assert [message.text for message in Message.objects.order_by("id")] == ["Tea 1?", "Tea 2?"]
    answers = [each for each in heard if each["type"] == "event"]
    assert [json.loads(each["payload"]) for each in answers] == [{"code": 200}] * 3
    assert len(heard) > len(answers) + 1, "pings go on while nothing comes"
    assert server.asked_with == [{"AppID": "cli_1", "AppSecret": "s3cret"}]


def test_a_message_that_cannot_be_stored_now_is_asked_for_again(
    account: MessengerAccount, settings: Any, alice_actor: Actor
) -> None:
    account.channel.archived_at, account.channel.is_enabled = timezone.now(), False
    account.channel.save()
    heard: Heard = []
    with socket_server(feishu_endpoint, feishu([frame(json.dumps(event()).encode())], heard, 1)) as server:
        hold(account, server, settings)

    assert json.loads(next(each["payload"] for each in heard if each["type"] == "event")) == {"code": 500}


def test_one_process_holds_an_account_until_its_claim_runs_out(
    account: MessengerAccount, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_loop, "submit", lambda held: held.close())

    assert [connections.open_due_connections() for _ in range(3)] == [1, 0, 0]
    # What changed is connected anew; the claim of whoever holds the old connection is gone.
    messengers.change_messenger_account(alice_actor, account, credentials={"app_secret": "new"})
    assert [connections.open_due_connections() for _ in range(2)] == [1, 0]
    MessengerAccount.objects.update(held_until=timezone.now())
    account.channel.is_enabled = False
    account.channel.save()
    assert connections.open_due_connections() == 0


def test_a_connection_that_is_refused_waits_longer_each_time_and_says_why(
    account: MessengerAccount, settings: Any
) -> None:
    def refuse(_url: str, _body: Any) -> Any:
        return {"code": 10014, "msg": "app secret invalid"}

    pauses = []
    with socket_server(refuse, feishu([], [], 0)) as server:
        for _ in range(10):
            hold(account, server, settings)
            account.refresh_from_db()
            pauses.append(round((account.held_until - timezone.now()).total_seconds()))

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert account.error == "credentials: 10014 app secret invalid"
    assert account.connected_at is None


def test_a_claim_that_was_lost_ends_the_connection(
    account: MessengerAccount, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "RENEW_SECONDS", 0.05)

    async def talk(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                await connections._in_thread(take_away)

    def take_away() -> None:
        MessengerAccount.objects.update(held_until=timezone.now(), bot_name="another's now")

    with socket_server(feishu_endpoint, talk) as server:
        hold(account, server, settings)

    account.refresh_from_db()
    assert (account.failures, account.bot_name) == (0, "another's now")


def test_dingtalks_stream_is_answered_frame_by_frame(make_account: Make, settings: Any) -> None:
    account = make_account("dingtalk", client_id="ding1", client_secret="s3cret", has_long_connection=True)
    heard: Heard = []

    def endpoint(url: str, _body: Any) -> Any:
        return {"endpoint": url, "ticket": "a+b/c"}

    async def talk(socket: web.WebSocketResponse) -> None:
        told = [
            ("SYSTEM", "ping", {"opaque": "x"}),
            ("CALLBACK", "/v1.0/im/bot/messages/get", robot_message()),
            ("CALLBACK", "/v1.0/im/bot/messages/get", {"no": "message"}),
            ("SYSTEM", "disconnect", {}),
        ]
        for number, (kind, topic, data) in enumerate(told):
            headers = {"topic": topic, "messageId": f"m{number}", "contentType": "application/json"}
            await socket.send_json(
                {"specVersion": "1.0", "type": kind, "headers": headers, "data": json.dumps(data)}
            )
        async for message in socket:
            heard.append(json.loads(message.data))

    with socket_server(endpoint, talk) as server:
        hold(account, server, settings)

    assert Message.objects.get().text == "How long does delivery take?"
    assert [(each["code"], each["headers"]["messageId"]) for each in heard] == [
        (200, "m0"),
        (200, "m1"),
        (200, "m2"),
    ]
    assert json.loads(heard[0]["data"]) == {"opaque": "x"}
    assert server.asked_with[0]["subscriptions"] == [
        {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}
    ]
    account.refresh_from_db()
    assert (account.error, account.failures) == ("", 1)
