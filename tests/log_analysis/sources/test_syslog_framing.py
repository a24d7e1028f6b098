"""Messages are cut out of what a connection brings, however it comes."""

import pytest

from apps.log_analysis.sources.syslog_framing import (
    MAX_MESSAGE_BYTES,
    FramingBroken,
    MessageFrames,
    decode_messages,
    encode_message,
    part_token,
)


def cut(content: bytes, size: int) -> list[bytes]:
    frames = MessageFrames()
    messages = [
        message
        for start in range(0, len(content), size)
        for message in frames.feed(content[start : start + size])
    ]
    return messages + frames.end()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_both_framings_give_the_same_messages_in_whatever_pieces_they_come(size: int) -> None:
    messages = [b"<13>1 - a", b"<14>two\nlines", b"<15>" + "茶".encode()]
    counted = b"".join(b"%d %s" % (len(each), each) for each in messages)

    assert cut(counted, size) == messages
    assert cut(b"<13>a\n2026 goes on\n<14>b", size) == [b"<13>a", b"2026 goes on", b"<14>b"]


@pytest.mark.parametrize("size", [1000, 65536])
def test_of_a_message_that_is_too_long_the_rest_is_skipped(size: int) -> None:
    long = b"<13>" + b"x" * (3 * MAX_MESSAGE_BYTES)

    assert cut(b"%d %s5 <13>b" % (len(long), long), size) == [long[:MAX_MESSAGE_BYTES], b"<13>b"]
    assert [each[:9] for each in cut(long + b"\n<13>b\n", size)] == [long[:9], b"<13>b"]


@pytest.mark.parametrize("content", [b"12345678 <13>", b"5x <13>", b"123456789"])
def test_a_length_that_is_none_ends_the_connection(content: bytes) -> None:
    with pytest.raises(FramingBroken):
        MessageFrames().feed(content)


def test_the_token_is_taken_out_of_a_message() -> None:
    structured = b'<13>1 - h a - - [x y="1"][kongming@32473 token="t0ken"] tea'
    plain = b'<13>Feb  3 04:05:06 h a: [kongming@32473 token="t0ken"] tea'

    assert part_token(structured) == ("t0ken", b'<13>1 - h a - - [x y="1"] tea')
    assert part_token(plain) == ("t0ken", b"<13>Feb  3 04:05:06 h a:  tea")
    assert part_token(b"<13>tea") == ("", b"<13>tea")
    assert part_token(b'<13>[kongming@32473 token="' + b"x" * 999)[0] == "unreadable"


def test_messages_come_out_of_a_batch_as_they_went_in() -> None:
    messages = [(7, "10.0.0.1", b"<13>a\nb"), (8, "::1", b"")]

    assert (
        list(
            decode_messages(b"".join(encode_message(text, address, time) for time, address, text in messages))
        )
        == messages
    )
