"""A record's page says each thing once: headings, denials, what is missing, and where the rest stands."""

from apps.medical_records.records.presenters import FieldView, RecordView, StatementView
from domain.clinical.exporting.document import export_sections
from domain.clinical.exporting.layout import lay_out_field
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import Statement, Status, Support
from tests.domain.clinical.test_conversation import draft
from tests.domain.clinical.test_cross_references import TALK


def cardiology_view(talk: str = TALK) -> RecordView:
    template = builtin_templates.resolve("zh_cardiology").for_sex("male")
    return RecordView(draft(talk, "zh_cardiology", "male"), template)


def field_of(view: RecordView, place: str) -> FieldView:
    found = view.field(place)
    assert found is not None
    return found


def test_an_empty_field_names_the_fields_that_tell_what_it_asks_for() -> None:
    view = cardiology_view()

    pain, risks = field_of(view, "cardiac_history.chest_pain"), field_of(view, "cardiac_history.risk_factors")
    assert ("现病史", "field-present_illness-narrative") in pain.elsewhere
    assert {title for title, _ in risks.elsewhere} >= {"既往疾病", "吸烟与饮酒"}


def test_fields_that_nothing_was_said_of_stand_together() -> None:
    view = cardiology_view()
    section = next(each for each in view.sections if each.key == "past_history")

    assert [field.definition.key for field in section.told_fields] == ["diseases"]
    assert {field.definition.key for field in section.empty_fields} == {"operations", "medications"}


def test_what_is_required_stands_by_itself() -> None:
    section = next(each for each in cardiology_view().sections if each.key == "allergy_history")

    assert [field.is_missing for field in section.told_fields] == [True]


def test_a_field_called_like_its_section_has_no_second_heading() -> None:
    assert field_of(cardiology_view(), "chief_complaint.complaint").is_titled_by_section


def test_a_denial_that_says_so_needs_no_mark() -> None:
    def says_status(text: str, status: Status) -> bool:
        return StatementView(Statement(id="a", text=text, status=status), "a.b", "").says_status

    assert says_status("否认发热。", Status.DENIED)
    assert says_status("Denies fever.", Status.DENIED)
    assert says_status("发热。", Status.PRESENT)
    assert not says_status("发热。", Status.DENIED)


def test_measured_values_are_a_table_on_paper() -> None:
    template = builtin_templates.resolve("zh_outpatient")
    content = draft(
        "医生：看得清吗？\n患者：不清楚。\n"
        "医生：视力右眼零点三，左眼零点八。眼压右眼十八毫米汞柱。\n"
        "医生：角膜透明。"
    )
    section = next(each for each in export_sections(content, template) if each.key == "physical_exam")
    (field,) = (each for each in section.fields if each.key == "specialist")

    told, values = lay_out_field(field, section.title, "zh")
    assert told.text == "角膜透明。"
    assert values.table is not None
    assert values.table.rows == [
        ["视力右眼", "0.3", ""],
        ["视力左眼", "0.8", ""],
        ["眼压右眼", "18", "毫米汞柱"],
    ]


def test_a_sentence_that_tells_more_stays_a_sentence() -> None:
    (view,) = (
        StatementView(Statement(id="a", text=text, support=Support.SUPPORTED), "a.b", "")
        for text in ["咳嗽3天，发热1天。"]
    )

    assert view.measured is None
