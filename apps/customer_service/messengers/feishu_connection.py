"""Feishu's long connection: events in protobuf frames over a web socket, as its public SDKs speak it.

The SDK for Python (lark-oapi) is not used: it runs an event loop of its own and one connection for a process.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from apps.customer_service.channels.delivery_errors import TemporaryError
from apps.customer_service.messengers.platform_calls import web_socket

logger = logging.getLogger(__name__)

PING_SECONDS = 120
CONTROL, DATA = 0, 1
# An event may come in pieces; of so many at once, the oldest is given up and comes again.
MAX_PIECES = 64
MAX_OPEN_EVENTS = 20

_Field = descriptor_pb2.FieldDescriptorProto


def _frame_class() -> Any:
    """`Frame`, as the platform's own description (pbbp2.proto) has it."""
    file = descriptor_pb2.FileDescriptorProto(name="kongming/feishu.proto", package="kongming.feishu")
    header = file.message_type.add(name="Header")
    frame = file.message_type.add(name="Frame")
    required, optional, repeated = _Field.LABEL_REQUIRED, _Field.LABEL_OPTIONAL, _Field.LABEL_REPEATED
    for number, name in enumerate(("key", "value"), 1):
        header.field.add(name=name, number=number, label=required, type=_Field.TYPE_STRING)
    fields = (
        ("SeqID", required, _Field.TYPE_UINT64),
        ("LogID", required, _Field.TYPE_UINT64),
        ("service", required, _Field.TYPE_INT32),
        ("method", required, _Field.TYPE_INT32),
        ("headers", repeated, _Field.TYPE_MESSAGE),
        ("payload_encoding", optional, _Field.TYPE_STRING),
        ("payload_type", optional, _Field.TYPE_STRING),
        ("payload", optional, _Field.TYPE_BYTES),
        ("LogIDNew", optional, _Field.TYPE_STRING),
    )
    for number, (name, label, kind) in enumerate(fields, 1):
        added = frame.field.add(name=name, number=number, label=label, type=kind)
        if kind == _Field.TYPE_MESSAGE:
            added.type_name = ".kongming.feishu.Header"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kongming.feishu.Frame"))


Frame = _frame_class()


async def hold(
    endpoint: Mapping[str, Any],
    opened: Callable[[], Awaitable[None]],
    take: Callable[[bytes], Awaitable[bool]],
) -> None:
    """Until the platform ends the connection. `endpoint`: what it said about where to connect to."""
    url = str(endpoint.get("URL") or "")
    service_id = parse_qs(urlsplit(url).query).get("service_id", ["0"])[0]
    pause = float((endpoint.get("ClientConfig") or {}).get("PingInterval") or PING_SECONDS)
    pieces: dict[str, dict[int, bytes]] = {}
    async with web_socket(url) as socket:
        await opened()
        next_ping = time.monotonic()
        while True:
            if (wait := next_ping - time.monotonic()) <= 0:
                await socket.send_bytes(_ping(int(service_id)))
                wait, next_ping = pause, time.monotonic() + pause
            try:
                message = await socket.receive(timeout=wait)
            except TimeoutError:
                continue
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                return
            if message.type == aiohttp.WSMsgType.ERROR:
                raise TemporaryError("connection", type(message.data).__name__)
            if message.type == aiohttp.WSMsgType.BINARY and (
                answer := await _answer(message.data, pieces, take)
            ):
                await socket.send_bytes(answer)


async def _answer(
    content: bytes, pieces: dict[str, dict[int, bytes]], take: Callable[[bytes], Awaitable[bool]]
) -> bytes | None:
    """What the platform hears of a frame: 200, or 500 for an event that it shall bring again."""
    frame = Frame()
    try:
        frame.ParseFromString(content)
        headers = {header.key: header.value for header in frame.headers}
        is_event = frame.method == DATA and headers.get("type") == "event"
        payload = _joined(pieces, headers, frame.payload) if is_event else None
    except (DecodeError, KeyError, ValueError) as error:
        logger.warning("a frame of feishu cannot be read: %s", type(error).__name__)
        return None
    if payload is None:
        return None
    started = time.monotonic()
    is_taken = await take(payload)
    frame.headers.add(key="biz_rt", value=str(round((time.monotonic() - started) * 1000)))
    frame.payload = json.dumps({"code": 200 if is_taken else 500}).encode()
    return bytes(frame.SerializeToString())


def _joined(pieces: dict[str, dict[int, bytes]], headers: Mapping[str, str], payload: bytes) -> bytes | None:
    """The whole event; None while pieces of it are missing."""
    total, number = int(headers.get("sum") or 1), int(headers.get("seq") or 0)
    if total == 1:
        return payload
    if not 0 <= number < total <= MAX_PIECES:
        raise ValueError(total)
    received = pieces.setdefault(headers["message_id"], {})
    received[number] = payload
    if len(pieces) > MAX_OPEN_EVENTS:
        del pieces[next(iter(pieces))]
    if len(received) < total:
        return None
    pieces.pop(headers["message_id"], None)
    return b"".join(received[each] for each in range(total))


def _ping(service_id: int) -> bytes:
    frame = Frame(SeqID=0, LogID=0, service=service_id, method=CONTROL)
    frame.headers.add(key="type", value="ping")
    return bytes(frame.SerializeToString())
