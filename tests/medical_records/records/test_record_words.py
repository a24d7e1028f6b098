"""Words beside the statements of a record."""

import pytest

from apps.medical_records.templatetags.record_words import label_before
from clinical.records.record import Statement, Status, Support


@pytest.mark.parametrize(
    ("text", "status", "label"),
    [
        ("否认发热", Status.DENIED, ""),
        ("Denies fever", Status.DENIED, ""),
        ("发热", Status.DENIED, "denied"),
        ("高血压", Status.FAMILY, "in the family"),
        ("咳嗽三天", Status.PRESENT, ""),
    ],
)
def test_a_status_stands_before_words_that_do_not_begin_with_it(
    text: str, status: Status, label: str
) -> None:
    assert str(label_before(Statement(id="s1", text=text, status=status, support=Support.ENTERED))) == label
