"""Which words of a message are values: by how many stand in one place, how they look and what stands before them."""

import random

import pyarrow as pa

from domain.logs.parsing import count_lines, mine_templates
from domain.logs.parsing.lines import line_columns


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
    assert len(texts(*(f"Invalid login {name} from 10.0.0.1" for name in names[:2]))) == 2


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
    assert texts(*(f"{host}:443 open through proxy" for host in hosts)) == {"<*> open through proxy"}


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


def test_a_host_with_and_without_its_port_is_a_value_as_an_address_is() -> None:
    places = ("10.0.0.7:5432", "db.example.net", "edge.fra.example.net:8080", "localhost:8080")
    assert texts(*(f"lost {place} again" for place in places)) == {"lost <*> again"}
    assert texts("caught java.net.SocketException: reset") == {"caught java.net.SocketException: reset"}


def test_a_unit_in_brackets_may_be_missing() -> None:
    assert texts("close, 12 bytes sent", "close, 900 bytes (0.9 KB) sent", "close, 7 bytes (7 B) sent") == {
        "close, <*> bytes<**> sent"
    }


def test_units_are_part_of_what_is_measured() -> None:
    assert texts("slept 5 ms today", "slept 3 min 20 s today", "slept 12s today") == {"slept <**> today"}


def test_a_part_that_names_its_value_or_is_in_brackets_may_be_missing_at_the_end() -> None:
    assert texts("connection authorized: user=7", "connection authorized: user=7 application_name=psql9") == {
        "connection authorized: user=<*><**>"
    }
    assert texts("batch 7 closed in 3 ms", "batch 8 closed in 5 ms (ranked)") == {
        "batch <*> closed in <*> ms<**>"
    }


def test_a_clause_that_tells_of_something_else_makes_another_message() -> None:
    lines = ("12 passed in 3 s", "12 passed, 4 failed in 3 s")
    assert texts(*lines) == {"<*> passed in <*> s", "<*> passed, <*> failed in <*> s"}


def test_a_rare_variant_joins_the_template_that_has_values_where_it_has_words() -> None:
    names = ("anna", "bert", "carla", "doris", "egon", "frank")
    usual = [f"lamp {name} of {other} is lit" for name in names for other in names]
    assert texts(*usual, "lamp gustav of heidi is lit") == {"lamp <*> of <*> is lit"}


def test_words_of_one_place_are_values_in_other_messages_too() -> None:
    containers = ("web", "cart", "search", "mailer", "cron", "redis")
    created = [f"created container {name} here" for name in containers]
    lines = texts(*created, "stopping web after 3 s", "stopping cart after 4 s")
    assert lines == {"created container <*> here", "stopping <*> after <*> s"}


def test_switches_tell_messages_apart() -> None:
    lines = {f"panel: expanded={state}, shown={state}" for state in ("true", "false")}
    assert texts(*lines) == lines


def test_what_people_write_after_a_colon_is_one_value_of_any_length() -> None:
    reasons = ("gg", "where is the base", "hello all", "no thanks", "try again tomorrow")
    assert texts(*(f"kicked player {number}: {reason}" for number, reason in enumerate(reasons))) == {
        "kicked player <*>: <**>"
    }


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


def test_one_word_in_single_quotes_is_a_value() -> None:
    lines = ("policy 'short' set in vhost '/'", "policy 'ha-all' set in vhost 'shop'")
    assert texts(*lines) == {"policy '<*>' set in vhost '<*>'"}
    notes = ("exam tomorrow", "new material", "fees due")
    assert texts(*(f"note '{note}' sent to 7 pupils" for note in notes)) == {"note '<**>' sent to <*> pupils"}


def test_a_name_that_ends_as_a_verb_does_is_a_name_among_others() -> None:
    channels = ("booking", "expedia", "direct")
    assert texts(*(f"Channel {name}: limit reached" for name in channels)) == {"Channel <*>: limit reached"}


def test_reasons_behind_what_happened_are_values_and_two_of_them_are_two_messages() -> None:
    reasons = ("expired card", "insufficient funds", "lost card")
    lines = [f"Card of guest 7 declined: {reason}" for reason in reasons]
    assert texts(*lines) == {"Card of guest <*> declined: <**>"}
    assert len(texts(*lines[:2])) == 2
    states = ("clean", "dirty", "inspected")
    assert texts(*(f"Room 12 status: {state}" for state in states)) == {"Room <*> status: <*>"}


def test_the_end_of_a_sentence_is_no_part_of_a_value() -> None:
    targets = ("Timers", "Sockets", "Paths", "Multi-User System", "Network is Online")
    assert texts(*(f"Reached target {target}." for target in targets)) == {"Reached target <**>."}


def test_what_more_is_told_at_the_end_may_be_missing() -> None:
    for more in (
        " after 3 retries",
        " for domain 7",
        ", 3 shards skipped",
        ": serial '7'",
        " with TLS",
        ", late arrival",
    ):
        assert len(texts("upload of 7 is complete", f"upload of 8 is complete{more}")) == 1, more
    assert len(texts("upload of 7 is complete", "upload of 8 is complete, 3 failed")) == 2


def test_names_of_one_to_three_words_behind_a_preposition_are_values() -> None:
    people = ("Ferreira", "Olsen", "K. Brandt", "team north")
    assert texts(*(f"call 7 answered by {name} after 3 s" for name in people)) == {
        "call <*> answered by <**> after <*> s"
    }


def test_a_variant_with_several_words_joins_the_template_that_has_a_value_there() -> None:
    courses = ("Art", "History", "CS-101", "Biology")
    usual = [f"quiz {number} of course {course} sent by pupil 7" for number in (1, 2) for course in courses]
    assert texts(*usual, "quiz midterm of course Algebra I sent by pupil 8") == {
        "quiz <*> of course <**> sent by pupil <*>"
    }


def test_files_below_a_folder_are_values() -> None:
    assert texts("ran tests/cart/test_sum.py::test_empty", "ran src/main.py") == {"ran <*>"}
    assert texts("read/write of TCP/IP") == {"read/write of TCP/IP"}


def test_values_inside_of_chinese_words_are_found_and_verbs_are_none() -> None:
    names = ("张伟", "王芳", "李娜")
    assert texts(*(f"用户{name}扫码开锁，车辆7" for name in names)) == {"用户<*>扫码开锁，车辆<*>"}
    assert texts("打印机P1缺纸", "打印机门诊2号缺纸") == {"打印机<*>缺纸"}
    assert len(texts(*(f"订单{verb}已记录" for verb in ("支付", "退款", "取消")))) == 3


def test_reasons_behind_a_chinese_colon_are_values() -> None:
    reasons = ("余额不足", "号码无效", "频率限制")
    assert texts(*(f"短信7发送失败，原因：{reason}" for reason in reasons)) == {"短信<*>发送失败，原因：<*>"}
