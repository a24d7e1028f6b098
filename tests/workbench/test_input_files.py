"""Files handed over for a run are read by its job, and what came out leaves as files."""

import io
import json
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document as WordDocument
from python_calamine import CalamineWorkbook

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput
from apps.inference.storage import StorageQuotaExceeded
from apps.jobs.models import Job
from apps.knowledge import services as knowledge
from apps.knowledge.models import Document
from apps.workbench import documents, problem_words, selectors, services
from apps.workbench.document_blocks import Block
from apps.workbench.models import App, AppRun, RunFile
from domain.documents.content import Kind
from tests.conftest import ApiClient
from tests.knowledge.conftest import pdf_file
from tests.workbench.conftest import published, worked

pytestmark = pytest.mark.django_db
ORDERS = """\
app: orders
title: {en: Orders, zh: 订单}
inputs:
  letter: {type: file, optional: true, title: {en: Letter, zh: 信函}}
  orders:
    type: table
    title: {en: Orders, zh: 订单}
    columns:
      city: {type: text, title: {en: City, zh: 城市}}
      total: {type: number, title: {en: Total, zh: 金额}}
      note: {type: text, optional: true}
steps:
  - id: all
    kind: for_each
    items: "{{ inputs.orders }}"
    name: order
    steps:
      - {id: line, kind: write, text: "{{ order.city }}: {{ order.total }}"}
    collect: {lines: "{{ line.text }}"}
  - id: report
    kind: write
    text: |
      # Report
      {{ inputs.letter.text }}
      {% for each in inputs.orders %}
      - {{ each.city }}
      {% endfor %}
outputs:
  lines: {title: {en: Lines, zh: 明细}, value: "{{ all.lines }}"}
  report: {title: {en: Report, zh: 报告}, value: "{{ report.text }}"}
  orders: {title: {en: Orders, zh: 订单}, value: "{{ inputs.orders }}"}
"""
LETTER = "Dear sir, we sell tea in two cities."
TABLE = '城市,Total\n杭州,"１，２００"\nShanghai,8.5\n'


@pytest.fixture
def orders_app(alice_actor: Actor) -> App:
    return published(alice_actor, ORDERS)


def upload(text: str | bytes, name: str = "orders.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def finished(alice_actor: Actor, orders_app: App) -> AppRun:
    files = {"orders": upload(TABLE), "letter": upload(pdf_file(LETTER), "letter.pdf")}
    run = services.start_run(alice_actor, orders_app, inputs={}, files=files)
    job = worked(run)
    assert job.state == Job.State.SUCCEEDED, job.error_message
    return run


@pytest.mark.slow
def test_the_job_reads_files_and_keeps_what_they_say_not_the_files(finished: AppRun) -> None:
    assert finished.outputs["lines"] == ["杭州: 1200", "Shanghai: 8.5"]
    assert finished.outputs["report"] == f"# Report\n{LETTER}\n- 杭州\n- Shanghai"
    assert finished.inputs["letter"] == {"name": "letter.pdf", "text": LETTER}
    assert not RunFile.objects.exists()


def test_cells_that_do_not_fit_are_named_by_row_and_column(alice_actor: Actor, orders_app: App) -> None:
    files = {"orders": upload('city,total\nHangzhou,"1,5"\nShanghai,\n')}
    run = services.start_run(alice_actor, orders_app, inputs={}, files=files)
    assert worked(run).state == Job.State.FAILED
    assert problem_words.cell_problem_lines(run) == [
        "Row 2, total: “total” must be a number.",
        "Row 3, total: “total” is missing. Add it.",
    ]


def test_cells_say_choices_and_flags_in_the_words_that_people_read(
    alice_actor: Actor, orders_app: App
) -> None:
    kind = "kind: {type: choice, options: {taxi: {en: Taxi, zh: 打车}, meal: {en: Meal, zh: 餐费}}}"
    app = published(
        alice_actor,
        ORDERS.replace("app: orders", "app: bills").replace(
            "note: {type: text, optional: true}", f"{kind}\n      paid: {{type: flag}}"
        ),
    )
    table = "city,total,kind,paid\nA,1,打车,是\nB,2,meal,否\nC,3,ＭＥＡＬ,yes\nD,4,taxi,TRUE\nE,5,taxi,√\nF,6,meal,×\n"
    run = services.start_run(alice_actor, app, inputs={}, files={"orders": upload(table)})

    assert worked(run).state == Job.State.SUCCEEDED
    assert [(row["kind"], row["paid"]) for row in run.inputs["orders"]] == [
        ("taxi", True),
        ("meal", False),
        ("meal", True),
        ("taxi", True),
        ("taxi", True),
        ("meal", False),
    ]


def test_a_number_of_a_card_in_a_column_of_texts_keeps_its_digits(
    alice_actor: Actor, orders_app: App
) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["city", "total"])
        sheet.write_row(1, 0, [6222021234567890, 8.5])
    uploaded = {"orders": upload(file.getvalue(), "orders.xlsx")}
    run = services.start_run(alice_actor, orders_app, inputs={}, files=uploaded)
    worked(run)

    assert run.outputs["lines"] == ["6222021234567890: 8.5"]


def test_a_file_that_cannot_be_read_fails_the_run_with_its_reason(
    alice_actor: Actor, orders_app: App
) -> None:
    run = services.start_run(alice_actor, orders_app, inputs={}, files={"orders": upload("a,b\n1,2\n")})
    assert worked(run).error_code == "columns_missing"
    assert problem_words.cell_problem_lines(run)[0] == "Row 1, city: “city” is missing. Add it."


def test_a_file_for_an_input_that_takes_none_is_refused(alice_actor: Actor, reply_app: App) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.start_run(alice_actor, reply_app, inputs={}, files={"mail": upload("x")})
    assert list(refused.value.fields) == ["mail"]


def test_an_organisation_without_room_takes_no_file(
    alice_actor: Actor, orders_app: App, settings: Any
) -> None:
    settings.ORGANISATION_STORAGE_BYTES = 2 * len(TABLE.encode())
    services.start_run(alice_actor, orders_app, inputs={}, files={"orders": upload(TABLE)})
    services.start_run(alice_actor, orders_app, inputs={}, files={"orders": upload(TABLE)})
    with pytest.raises(StorageQuotaExceeded):
        services.start_run(alice_actor, orders_app, inputs={}, files={"orders": upload(TABLE)})
    assert AppRun.objects.count() == 2


def test_programs_send_rows_as_json_or_a_file_as_a_part(alice_api: ApiClient, orders_app: App) -> None:
    address = f"/api/v1/apps/{orders_app.name}/runs/"
    rows = [{"city": "Hangzhou", "total": 3}]
    sent = alice_api.post_json(address, {"inputs": {"orders": rows}})
    assert sent.status_code == 202, sent.content
    assert sent.json()["inputs"]["orders"] == [{"city": "Hangzhou", "total": 3.0, "note": ""}]
    part = alice_api.post(address, {"orders": upload(TABLE), "inputs": json.dumps({})})
    assert part.status_code == 202, part.content
    assert RunFile.objects.get().file_name == "orders.csv"
    for inputs in ("[1]", "[" * 5000, '{"orders": NaN}'):
        broken = alice_api.post(address, {"orders": upload(TABLE), "inputs": inputs})
        assert broken.status_code == 400, inputs


@pytest.fixture
def table_document(alice_actor: Actor) -> Document:
    """Restricted to owners."""
    collection = knowledge.create_collection(alice_actor, name="Sales")
    document = knowledge.upload_document(
        alice_actor, collection=collection, file=upload(TABLE), name="orders.csv"
    ).document
    Document.objects.filter(pk=document.pk).update(is_live=True, media_type=Kind.CSV, is_restricted=True)
    return document


def test_a_table_of_a_document_goes_in_for_whoever_may_read_it(
    alice_actor: Actor, colleague_actor: Actor, orders_app: App, table_document: Document
) -> None:
    inputs = {"orders": {"document": str(table_document.pk)}}
    run = services.start_run(alice_actor, orders_app, inputs=inputs)
    assert worked(run).state == Job.State.SUCCEEDED
    assert run.outputs["lines"] == ["杭州: 1200", "Shanghai: 8.5"]
    for actor, given in (
        (colleague_actor, table_document.pk),
        (alice_actor, "orders.csv"),
        (alice_actor, None),
    ):
        with pytest.raises(InvalidInput) as refused:
            services.start_run(actor, orders_app, inputs={"orders": {"document": given}})
        assert "orders" in refused.value.fields


def test_the_form_offers_tables_of_documents(
    alice_browser: Client, orders_app: App, table_document: Document
) -> None:
    address = f"/apps/{orders_app.pk}/"
    assert "orders · Sales" in alice_browser.get(address).content.decode()
    assert "Choose a file or a document." in alice_browser.post(address, {"sent": "yes"}).content.decode()
    assert alice_browser.post(address, {"orders.document": table_document.pk}).status_code == 302
    assert RunFile.objects.get().file_name == "orders.csv"


@pytest.mark.slow
def test_the_form_takes_files_and_an_earlier_run_lends_its_own(
    alice_browser: Client, orders_app: App, finished: AppRun
) -> None:
    page = alice_browser.get(f"/apps/{orders_app.pk}/")
    assert "Its first row names: City, Total, Note" in page.content.decode()
    again = f"/apps/{orders_app.pk}/?again={finished.pk}"
    assert alice_browser.post(again, {"sent": "yes"}).status_code == 302
    assert AppRun.objects.order_by("id").last().inputs == finished.inputs  # type: ignore[union-attr]
    assert alice_browser.post(f"/apps/{orders_app.pk}/", {"sent": "yes"}).status_code == 200


def test_a_file_that_was_never_read_is_lent_by_no_run(alice_browser: Client, alice_actor: Actor) -> None:
    """Of a run that waits for its turn, or failed on its file, an empty text would be taken for it."""
    app = published(
        alice_actor,
        "app: mail\ntitle: Mail\ninputs: {letter: {type: file}}\n"
        'steps: [{id: told, kind: write, text: "{{ inputs.letter.text }}"}]\n'
        'outputs: {told: {value: "{{ told.text }}"}}\n',
    )
    unread = services.start_run(alice_actor, app, inputs={}, files={"letter": upload(LETTER, "letter.txt")})
    again = f"/apps/{app.pk}/?again={unread.pk}"

    assert "file of the earlier run" not in alice_browser.get(again).content.decode()
    assert alice_browser.post(again, {"sent": "yes"}).status_code == 200
    assert AppRun.objects.count() == 1


def test_a_form_begins_with_what_its_version_still_takes_of_an_earlier_run(
    alice_browser: Client, alice_actor: Actor
) -> None:
    file = (
        "app: mail\ntitle: Mail\ninputs: {goods: %s, note: {type: text, max_characters: %d}}\n"
        'steps: [{id: told, kind: write, text: "{{ inputs.note }}"}]\n'
        'outputs: {told: {value: "{{ told.text }}"}}\n'
    )
    app = published(alice_actor, file % ("{type: table, columns: {tea: {type: text}}}", 9))
    run = services.start_run(alice_actor, app, inputs={"goods": [{"tea": "Oolong"}], "note": "Urgent!"})
    seen = selectors.current_version(app).fingerprint
    services.save_draft(alice_actor, app, text=file % ("{type: list, of: {type: text}}", 3), seen=seen)
    services.publish_app(alice_actor, app)

    page = alice_browser.get(f"/apps/{app.pk}/?again={run.pk}")

    assert page.status_code == 200
    assert "Oolong" not in page.content.decode()
    assert "Urgent!" in page.content.decode(), "too long by now, to be shortened"


def test_a_workbook_has_every_table_of_the_result(alice_browser: Client, alice_actor: Actor) -> None:
    text = ORDERS + '  rows: {title: {en: Rows}, value: "{{ inputs.orders }}"}\n'
    rows = [{"city": "Hangzhou", "total": 3}]
    run = services.start_run(alice_actor, published(alice_actor, text), inputs={"orders": rows})
    worked(run)

    answer: Any = alice_browser.get(f"/apps/runs/{run.pk}/file/xlsx/")

    sheets = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue()))
    assert sheets.sheet_names == ["1 Orders", "2 Rows"]
    assert sheets.get_sheet_by_index(1).to_python()[1][:2] == ["Hangzhou", 3.0], (
        "a sheet reckons with numbers"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file_format", "words"),
    [
        ("md", "# Orders\n\n*"),
        ("csv", "City,Total"),
        ("json", '"report": "# Report'),
        ("docx", "word/document.xml"),
        ("xlsx", "xl/workbook.xml"),
        ("pdf", "%PDF-"),
    ],
)
def test_a_result_leaves_as_a_file(
    alice_browser: Client, finished: AppRun, file_format: str, words: str
) -> None:
    answer: Any = alice_browser.get(f"/apps/runs/{finished.pk}/file/{file_format}/")
    content = answer.getvalue()
    if file_format in ("docx", "xlsx"):
        assert words in zipfile.ZipFile(io.BytesIO(content)).namelist()
    else:
        assert words.replace("\n\n*", "") in content.decode("utf-8", "replace")
    assert f"orders.{file_format}" in answer["Content-Disposition"]
    assert AuditEntry.objects.filter(action="app_run.exported").count() == 1


def test_a_word_file_has_the_figures_and_numbers_that_the_page_has() -> None:
    text = "Box 60*40*30 cm, see [1]\n\n[1]: page 4\n\n1. Tea\n   1. green\n3. Cups"
    content = documents.to_word("Orders", "en", [Block("markdown", text)])
    told = [each.text for each in WordDocument(io.BytesIO(content)).paragraphs]
    assert told == ["Orders", "Box 60*40*30 cm, see [1]", "[1]: page 4", "1. Tea\n1. green", "3. Cups"]


@pytest.mark.slow
def test_a_strangers_run_leaves_as_no_file(bob_browser: Client, finished: AppRun) -> None:
    assert bob_browser.get(f"/apps/runs/{finished.pk}/file/md/").status_code == 404


@pytest.mark.slow
def test_two_runs_are_laid_beside_each_other(
    alice_browser: Client, alice_actor: Actor, orders_app: App, finished: AppRun
) -> None:
    other = services.start_run(
        alice_actor, orders_app, inputs={}, files={"orders": upload("city,total\nRome,1\n")}
    )
    worked(other)
    page = alice_browser.get(f"/apps/runs/{finished.pk}/?other={other.pk}").content.decode()
    assert "<del>Rome</del>" in page
    assert "<ins>杭</ins" in page or "<ins>杭州</ins" in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("write", [documents.to_pdf, documents.to_word])
def test_a_text_with_the_colours_of_a_log_is_set(write: Any, language: str) -> None:
    red = "\x1b[31mdown\x1b[0m \x07\x9f\ufffe"

    assert write("Log", language, [Block("markdown", red), Block("table", rows=[["State"], [red]])])
