"""Which words of a message are values: by how many stand in one place, how they look and what stands before them."""

import random

import pyarrow as pa

from logmining.parsing import count_lines, mine_templates
from logmining.parsing.lines import line_columns


def texts(*lines: str) -> set[str]:
    return {template.text for template in mine_templates(count_lines(line_columns(lines))).templates}


def test_verbs_of_one_message_stay_messages_of_their_own() -> None:
    verbs = ("Started", "Paused", "Resumed", "Stopped")
    assert texts(*(f"[instance: {number}] VM {verb} (Event)" for number in (10, 11) for verb in verbs)) == {
        f"[instance: <*>] VM {verb} (Event)" for verb in verbs
    }


def test_many_different_words_in_one_place_are_values() -> None:
    names = ("anna", "bert", "carla", "doris", "egon", "frank")
    assert texts(*(f"Invalid login {name} from 10.0.0.1" for name in names)) == {"Invalid login <*> from <*>"}
    assert len(texts(*(f"Invalid login {name} from 10.0.0.1" for name in names[:3]))) == 3


def test_after_the_word_user_stands_a_name() -> None:
    assert texts("session closed for user root", "session closed for user news") == {
        "session closed for user <*>"
    }


def test_names_of_hosts_take_fewer_examples_and_may_change_together() -> None:
    hosts = ("a.shop.example", "b.shop.example", "c.shop.example", "d.shop.example")
    classes = ("CartService", "PayService", "MailService", "StockService")
    pairs = zip(hosts, classes, strict=True)
    assert texts(*(f"call to {host} by {name} failed" for host, name in pairs)) == {
        "call to <*> by <*> failed"
    }


def test_the_subject_of_a_message_is_no_value() -> None:
    daemons = ("cupsd", "klogd", "irqbalance", "portmap", "rpc.statd", "rpc.idmapd", "hcid", "sdpd")
    assert len(texts(*(f"{daemon} startup succeeded" for daemon in daemons))) == len(daemons)
    hosts = ("google.com", "mail.example.org", "shop.example.org")
    assert texts(*(f"{host}:443 open through proxy" for host in hosts)) == {"<*>:<*> open through proxy"}


def test_a_place_that_once_held_a_number_holds_values() -> None:
    assert texts("connection from 10.1.2.3 ()", "connection from 10.1.2.4 (host.example)", "status: 4") == {
        "connection from <*> (<*>)",
        "status: <*>",
    }


def test_one_byte_and_two_bytes_are_one_message() -> None:
    assert texts("sent 1 byte to peer", "sent 20 bytes to peer") == {"sent <*> <*> to peer"}


def test_lists_of_any_length_are_one_value() -> None:
    assert texts("nodes: 1, 2, 3 lost", "nodes: 4, 5 lost", "nodes: 6, 7, 8, 9 lost") == {"nodes: <**> lost"}


def test_brackets_may_hold_any_number_of_words() -> None:
    commands = ("run-parts daily", "clean", "backup now please", "mail -q all", "sync all", "trim")
    assert texts(*(f"(root) CMD ({command})" for command in commands)) == {"(root) CMD (<**>)"}


def test_aligned_columns_are_no_different_messages_and_white_space_is_kept_where_all_agree() -> None:
    assert texts("pid    7 ended  now", "pid   17 ended  now") == {"pid <*> ended  now"}


def test_neither_the_order_nor_how_often_lines_come_changes_a_template() -> None:
    lines = [
        f"user {name} took {number} ms in {place}"
        for name in "abcdefg"
        for number in (1, 22)
        for place in "xyz"
    ]
    whole = texts(*lines)
    shuffled = lines * 3
    random.Random(3).shuffle(shuffled)
    assert texts(*shuffled) == whole


def test_lines_without_letters_are_not_thrown_together_with_words() -> None:
    assert texts("12", "ready", "34 56", "stop") == {"<*>", "ready", "<*> <*>", "stop"}


def test_nothing_in_is_nothing_out() -> None:
    assert mine_templates(count_lines([pa.array([], pa.string())])).templates == []
