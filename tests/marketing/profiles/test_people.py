"""People come one at a time, a thousand at a time and by a file of any size; what is broken is told and the rest stored."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core import tables
from apps.core.errors import InvalidInput, NotFound
from apps.jobs.models import Job
from apps.marketing.experiments.models import Exposure
from apps.marketing.imports import services as imports
from apps.marketing.imports.models import ImportRejection, PeopleImport
from apps.marketing.imports.people_files import REJECTION_HEADINGS
from apps.marketing.profiles import person_values, selectors, services
from apps.marketing.profiles.models import Person
from apps.marketing.segments import services as segmentation
from apps.marketing.segments.models import Segment, SegmentMembership
from apps.privacy import retention_rules
from apps.vault import rotation
from tests.marketing.conftest import NewPerson, Send, worked

pytestmark = pytest.mark.django_db
CSV = '''会员号,姓名,邮箱,手机,同意渠道,城市,累计消费,注册日期
A1,王小茶,wang@tea.example,138 0013 8000,邮件；sms,北京,1200.5,2026/3/5
A2,李青,,,,上海,80,2025年12月1日
A3,"陈, 大""壶""",chen@tea.example,,email,,"1,000",
'''


@pytest.fixture
def uploaded(alice_actor: Actor) -> Any:
    def make(content: bytes | str, name: str = "people.csv") -> PeopleImport:
        content = content if isinstance(content, bytes) else content.encode()
        row = imports.begin_import(alice_actor, file_name=name, length=len(content))
        return imports.append_part(alice_actor, row, offset=0, content=io.BytesIO(content))

    return make


def imported(actor: Actor, row: PeopleImport, **mapping: str) -> PeopleImport:
    _headings, proposed, _rows = imports.preview(row)
    started = imports.start_import(actor, row, mapping={**proposed, **mapping})
    assert worked(started.job).state == Job.State.SUCCEEDED
    row.refresh_from_db()
    return row


def test_a_file_is_looked_at_before_it_is_stored(alice_actor: Actor, uploaded: Any) -> None:
    row = uploaded(CSV)

    headings, mapping, rows = imports.preview(row)

    assert headings[:2] == ["会员号", "姓名"]
    assert [mapping[each] for each in headings] == [
        "external_id",
        "name",
        "email",
        "phone",
        "consents",
        "attribute:城市",
        "attribute:累计消费",
        "attribute:注册日期",
    ]
    assert rows[2].cells[1] == '陈, 大"壶"'
    assert not Person.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_people_of_a_file_are_stored_with_what_their_cells_mean(
    alice_actor: Actor, uploaded: Any, encoding: str
) -> None:
    row = imported(alice_actor, uploaded(CSV.encode(encoding)))

    assert (row.created_count, row.changed_count, row.rejected_count, row.rows_count) == (3, 0, 0, 3)
    wang, li, chen = Person.objects.order_by("external_id")
    assert (wang.name, wang.email, wang.phone) == ("王小茶", "wang@tea.example", "13800138000")
    assert wang.consents == ["email", "sms"]
    assert wang.attributes == {"城市": "北京", "累计消费": 1200.5, "注册日期": "2026-03-05"}
    assert li.attributes == {"城市": "上海", "累计消费": 80, "注册日期": "2025-12-01"}
    assert (chen.name, chen.attributes) == ('陈, 大"壶"', {"累计消费": 1000})
    assert not row.stored_path.exists()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026/3/5 9:05", "2026-03-05 09:05"),
        ("2026-03-05 19:05:07", "2026-03-05 19:05:07"),
        ("2026-03-05T09:05:00.000", "2026-03-05 09:05:00"),
        ("2026/3/5", "2026-03-05"),
        ("2026/3/5 morning", "2026/3/5 morning"),
    ],
)
def test_days_with_a_time_are_days(cell: str, value: str) -> None:
    assert person_values.typed_value(cell) == value
    assert person_values.typed_value(value) == value


def test_numbers_are_read_as_exports_of_shops_keep_them(alice_actor: Actor, uploaded: Any) -> None:
    lines = ["会员号,手机号,卡号", '="00123",="13800138000",="0042"', "6.22202E+17,13900139000,x"]
    row = imported(alice_actor, uploaded("\n".join(lines)))

    person = Person.objects.get()
    assert (person.external_id, person.phone, person.attributes) == ("00123", "13800138000", {"卡号": "0042"})
    # Many customers' numbers are the same once a spreadsheet shortened them.
    assert [(each["line"], each["code"]) for each in row.rejected] == [(3, "rounded")]


def test_what_programs_make_of_numbers_and_of_none_is_understood(alice_actor: Actor, uploaded: Any) -> None:
    lines = [
        "会员号,手机号,同意渠道,累计消费",
        '1001.0,13800138000.0,无,"1,299.50"',
        "1002,１３９００１３９０００,sms,1.0",
    ]
    row = imported(alice_actor, uploaded("\n".join(lines)))

    assert row.rejected_count == 0
    one, other = Person.objects.order_by("external_id")
    assert (one.external_id, one.phone, one.consents) == ("1001", "13800138000", [])
    assert (one.attributes, other.phone) == ({"累计消费": 1299.5}, "13900139000")


def test_a_table_of_western_europe_keeps_its_letters(alice_actor: Actor, uploaded: Any) -> None:
    imported(alice_actor, uploaded("sep=;\r\nID;Name\r\n1;Müller\r\n2;Größe\r\n".encode("cp1252")))

    assert [each.name for each in Person.objects.order_by("external_id")] == ["Müller", "Größe"]


def test_the_same_file_once_more_changes_nothing(alice_actor: Actor, uploaded: Any) -> None:
    imported(alice_actor, uploaded(CSV))
    before = list(Person.objects.order_by("pk").values())

    again = imported(alice_actor, uploaded(CSV))

    assert (again.created_count, again.changed_count) == (0, 0)
    assert list(Person.objects.order_by("pk").values()) == before


def test_broken_rows_are_told_with_their_line_and_the_rest_is_stored(
    alice_actor: Actor, uploaded: Any
) -> None:
    huge = "x" * (10 * 2**20)
    lines = [
        "id,name,email,city",
        "1,Vera,vera@x.example,Paris",
        ",Nobody,,",
        "2,Walter,no address,Rome",
        '3,"Xenia,x@x.example,Oslo',
        "4,Yara,y@x.example,Bern",
        f"5,{huge},z@x.example,Kyiv",
        "6,too,few",
        "7,Zoe,z@x.example,Riga",
        "7,Zoë,,",
        "",
        '8,"two\nlines",b@x.example,Lima',
        "9,nul\0,c@x.example,Baku",
    ]
    row = imported(alice_actor, uploaded("\n".join(lines)))

    assert [(each["line"], each["code"]) for each in row.rejected] == [
        (3, "no_number"),
        (4, "bad_email"),
        (5, "quotes"),
        (7, "long_row"),
        (8, "columns"),
        (14, "encoding"),
    ]
    assert row.rejected_count == 6
    assert row.reasons == dict.fromkeys(
        ("no_number", "bad_email", "quotes", "long_row", "columns", "encoding"), 1
    )
    assert (row.created_count, row.unchanged_count) == (4, 1)
    people = {each.external_id: each for each in Person.objects.all()}
    assert set(people) == {"1", "4", "7", "8"}
    assert (people["7"].name, people["7"].attributes) == ("Zoë", {"city": "Riga"})
    assert people["8"].name == "two lines"


def test_rejected_rows_are_a_table_that_is_mended_and_imported(alice_actor: Actor, uploaded: Any) -> None:
    broken = "id,name,phone,joined\n1,Vera,+86 138 0013 8000,2026-02-30\n2,too,few\n3,Zoe,,2026-03-05\n"
    row = imported(alice_actor, uploaded(broken))

    exported = tables.content(imports.rejected_rows(row), name="rejected", file_type="csv").decode()

    # Of rows alone; the page adds the headings.
    lines = exported.partition("\n")[2]
    assert lines == (
        "2,This date does not exist.,joined,1,Vera,'+86 138 0013 8000,2026-02-30\r\n"
        "3,The number of cells does not match the columns.,,2,too,few\r\n"
    )
    headings = ",".join((*REJECTION_HEADINGS, *row.headings))
    mended = f"{headings}\n{lines}".replace("02-30", "02-28").replace("too,few", "Will,,")
    again = imported(alice_actor, uploaded(mended))
    assert (again.created_count, again.rejected_count) == (2, 0)
    vera = Person.objects.get(external_id="1")
    assert (vera.phone, vera.attributes) == ("+8613800138000", {"joined": "2026-02-28"})
    with pytest.raises(NotFound):
        imports.rejected_rows(again)


def test_one_broken_character_changes_no_other_row(alice_actor: Actor, uploaded: Any) -> None:
    content = "编号,姓名\n1,王小茶\n2,李青\n3,赵白\n".encode().replace("青".encode(), b"\xe9\x9d")
    row = imported(alice_actor, uploaded(content))

    assert [each["code"] for each in row.rejected] == ["encoding"]
    assert {each.name for each in Person.objects.all()} == {"王小茶", "赵白"}


def test_long_rows_make_small_blocks(
    alice_actor: Actor, uploaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_BLOCK_CHARACTERS", 1000)
    sizes: list[int] = []
    monkeypatch.setattr(imports, "_store_block", lambda row, block: sizes.append(block.rows_count))
    imported(alice_actor, uploaded("id,note\n" + "".join(f"{number},{'x' * 400}\n" for number in range(7))))

    assert sizes == [3, 3, 1]


def test_a_killed_import_goes_on_where_it_stopped(
    alice_actor: Actor, uploaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BLOCK_ROWS", 10)
    content = "id,city\n" + "".join(
        f"{number},Paris\n" if number % 10 else f",{number}\n" for number in range(95)
    )
    row = imports.start_import(
        alice_actor, uploaded(content), mapping={"id": "external_id", "city": "attribute:city"}
    )
    stored, blocks = imports.store_people, []

    def dies_in_the_third_block(*args: Any) -> Any:
        blocks.append(1)
        if len(blocks) == 3:
            raise KeyboardInterrupt
        return stored(*args)

    monkeypatch.setattr(imports, "store_people", dies_in_the_third_block)
    with pytest.raises(KeyboardInterrupt):
        worked(row.job)
    row.refresh_from_db()
    assert row.rows_count == 20
    Job.objects.update(state=Job.State.QUEUED, lease_expires_at=None)

    assert worked(row.job).state == Job.State.SUCCEEDED

    row.refresh_from_db()
    assert (row.rows_count, row.created_count, row.rejected_count) == (95, 85, 10)
    assert Person.objects.count() == 85


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "people_unusable"),
        (b"\n\n", "people_unusable"),
        (b"x" * 200_000, "people_unusable"),
    ],
)
def test_what_is_no_table_is_refused(alice_actor: Actor, uploaded: Any, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imports.preview(uploaded(content))

    assert refusal.value.code == code


def test_a_mapping_names_one_column_of_numbers(alice_actor: Actor, uploaded: Any) -> None:
    row = uploaded("id,number\n1,2\n")

    for mapping in (
        {},
        {"id": "external_id", "number": "external_id"},
        {"id": "external_id", "number": "sql"},
    ):
        with pytest.raises(InvalidInput):
            imports.start_import(alice_actor, row, mapping=mapping)
    assert not Job.objects.exists()


def test_who_left_a_channel_stays_away_after_a_later_import(alice_actor: Actor, uploaded: Any) -> None:
    imported(alice_actor, uploaded(CSV))
    wang = Person.objects.get(external_id="A1")
    services.unsubscribe(wang, "email")

    imported(alice_actor, uploaded(CSV.replace("邮件；sms", "email")))

    wang.refresh_from_db()
    assert (wang.consents, wang.unsubscribed) == (["email"], ["email"])
    assert selectors.allowed_channels(alice_actor.organisation, [wang])[wang.pk] == set()


def test_an_import_moves_people_between_segments(alice_actor: Actor, uploaded: Any) -> None:
    rule = {"attribute": "城市", "is": "=", "value": "北京"}
    segment = segmentation.create_segment(alice_actor, name="Beijing", rule=rule)
    worked(segment.job)

    imported(alice_actor, uploaded(CSV))
    assert members(segment) == {"A1"}
    imported(alice_actor, uploaded(CSV.replace("上海", "北京")))
    assert members(segment) == {"A1", "A2"}


def members(segment: Segment) -> set[str]:
    segment.refresh_from_db()
    found = selectors.people_in(segment.organisation, segment).values_list("external_id", flat=True)
    assert segment.members_count == len(found)
    return set(found)


def test_a_segment_is_evaluated_for_everybody_by_a_job(
    alice_actor: Actor, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.marketing.rules.membership.BATCH_PEOPLE", 3)
    for number in range(10):
        new_person(str(number), attributes={"age": number})
    segment = segmentation.create_segment(
        alice_actor, name="Grown", rule={"attribute": "age", "is": ">=", "value": 4}
    )
    first = segment.job
    changed = segmentation.change_segment(
        alice_actor, segment, name="Old", rule={"attribute": "age", "is": ">", "value": 8}
    )

    assert worked(first).result["is_superseded"]  # type: ignore[index]
    assert worked(changed.job).result == {"segment": str(segment.pk), "members": 1}
    assert members(segment) == {"9"}
    nobody = segmentation.change_segment(
        alice_actor, segment, name="Old", rule={"attribute": "age", "is": ">", "value": 100}
    )
    worked(nobody.job)
    assert members(segment) == set()


def test_a_thousand_people_are_stored_and_what_is_wrong_is_told(alice_actor: Actor) -> None:
    rows = [
        {
            "external_id": "1",
            "email": "a@x.example",
            "attributes": {"city": "Paris", "age": 3},
            "consents": ["email"],
        },
        {"external_id": "2", "email": "nonsense"},
        {"external_id": "3", "consents": ["carrier pigeon"]},
        {"external_id": "4", "attributes": {"a": {"b": 1}}},
        {"name": "nobody"},
        {"external_id": "1", "attributes": {"age": None}},
    ]
    result = services.store_rows(alice_actor, rows)

    assert (result.created, result.changed, sorted(result.errors)) == (1, 0, [1, 2, 3, 4])
    assert Person.objects.get().attributes == {"city": "Paris"}
    (line,) = AuditEntry.objects.filter(action="people.stored")
    assert line.details == {"created": 1, "changed": 0, "rejected": 4}


def test_a_person_is_erased_with_all_that_is_held(
    alice_actor: Actor, bob_actor: Actor, new_person: NewPerson, send: Send
) -> None:
    vera = services.save_person(
        alice_actor, None, values={"external_id": "v", "name": "Vera", "attributes": {"city": "Paris"}}
    )
    segment = segmentation.create_segment(alice_actor, name="s", rule={"attribute": "city", "is": "set"})
    worked(segment.job)
    send(vera, clicked_at=1)
    other = new_person("w")
    send(other)
    report = services.person_report(alice_actor, vera)
    assert {part["what"] for part in report["held"]} == {
        "marketing.exposure",
        "marketing.segmentmembership",
        "marketing.person",
    }
    assert report["held"][-1]["rows"][0]["name"] == "Vera"

    services.erase_person(alice_actor, vera)

    assert list(Person.objects.all()) == [other]
    assert members(segment) == set()
    assert Exposure.objects.count() == 2
    assert not Exposure.objects.filter(subject="v").exists()
    trail = str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert "Vera" not in trail
    assert "Paris" not in trail


def test_a_change_of_keys_reaches_people(alice_actor: Actor) -> None:
    services.save_person(alice_actor, None, values={"external_id": "v", "name": "Vera"})

    result = rotation.rotate(alice_actor, alice_actor.organisation, lambda what, count: None)

    assert result.values >= 3
    vera = Person.objects.get()
    assert vera.name == "Vera"
    services.save_person(alice_actor, vera, values={"name": "Wera", "email": "w@x.example"})
    assert Person.objects.get().email == "w@x.example"


@pytest.mark.real_clock(
    reason="a wait that PostgreSQL's own limit interrupts sees the clock that nobody moved"
)
def test_a_count_that_takes_too_long_is_given_up(
    alice_actor: Actor, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_person("v", attributes={"city": "Paris"})
    rule = segmentation.read_rule({"attribute": "city", "is": "set"})
    assert segmentation.count_fitting(alice_actor.organisation, rule) == 1

    class Sleeps:
        def sql(self, moment: object) -> Any:
            return "(pg_sleep(5) IS NULL)", []

    monkeypatch.setattr(segmentation, "COUNT_MILLISECONDS", 50)
    assert segmentation.count_fitting(alice_actor.organisation, Sleeps()) is None  # type: ignore[arg-type]
    assert SegmentMembership.objects.count() == 0


def test_a_table_that_nobody_imports_goes_after_days(alice_actor: Actor, uploaded: Any) -> None:
    waiting, imports_done = uploaded(CSV), imported(alice_actor, uploaded(f"{CSV},nobody,,,,,,\n"))
    assert imports_done.rejected_bytes == len("nobody")
    fresh = uploaded(CSV)
    PeopleImport.objects.exclude(pk=fresh.pk).update(expires_at=timezone.now() - timedelta(days=1))
    path = waiting.stored_path
    assert path.exists()

    retention_rules.erase_outdated()

    assert set(PeopleImport.objects.all()) == {imports_done, fresh}
    assert not path.exists()
    assert not ImportRejection.objects.exists()
