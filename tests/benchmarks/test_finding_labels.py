"""What a transcript names, and what labelled dialogues teach about it."""

import json
from itertools import count
from pathlib import Path

import pytest

from benchmarks.finding_labels import (
    LabelModel,
    Lexicon,
    Ontology,
    Window,
    f1,
    general_terms,
    labels_above,
    labels_by_dialogue,
    ontology_of,
    untrained_labels,
)
from benchmarks.findings import dialogues_of, run
from domain.clinical.transcripts.transcript import ClinicalTranscript

MIE = Path(__file__).resolve().parents[3] / "shared" / "data" / "medical" / "mie_dialogue_zh"
ONTOLOGY = Ontology({"症状": ["咳嗽", "发热", "高血压"], "检查": ["心电图"]})


def named(text: str) -> set[str]:
    return {term for term, _start, _end in Lexicon(general_terms()).mentions(text)}


def test_everyday_words_lead_to_the_name_of_the_field() -> None:
    assert named("没有发烧，就是嗓子疼，拉肚子。") == {"发热", "咽痛", "腹泻"}


def test_a_name_within_a_longer_one_is_not_counted() -> None:
    assert named("甲状腺功能亢进三年") == {"甲亢"}


def test_parts_of_a_name_may_stand_apart() -> None:
    assert named("胸口一阵阵疼") == {"胸痛"}
    assert "高血压" not in named("血压不高")


def test_the_lexicon_is_as_wide_as_a_general_practice() -> None:
    assert len(general_terms()) >= 150


def test_rules_alone_label_a_dialogue() -> None:
    said = "患者:咳嗽三天，不发烧\n医生:有高血压吗？\n患者:没有\n医生:建议做个心电图"
    assert untrained_labels(ClinicalTranscript.from_text(said), ONTOLOGY) == {
        "症状:咳嗽-状态:阳性",
        "症状:发热-状态:阴性",
        "症状:高血压-状态:阴性",
        "检查:心电图-状态:医生阳性",
    }


def test_a_test_that_was_done_is_told_from_one_that_is_advised() -> None:
    done = untrained_labels(ClinicalTranscript.from_text("患者:做过心电图"), ONTOLOGY)
    assert done == {"检查:心电图-状态:阳性"}


def test_labelled_dialogues_teach_what_the_rules_do_not_know() -> None:
    """Here a cough of which the patient says 老样子 counts as unknown."""
    windows = [
        Window(number, ClinicalTranscript.from_text(said), frozenset({label}))
        for number in range(24)
        for said, label in [
            (f"患者:咳嗽老样子{number}", "症状:咳嗽-状态:未知"),
            (f"患者:咳嗽{number}天厉害", "症状:咳嗽-状态:阳性"),
        ]
    ]
    model = LabelModel.trained(windows, ONTOLOGY)
    [scores] = model.scores([ClinicalTranscript.from_text("患者:咳嗽老样子啊")])
    assert labels_above(scores, model.window_cut) == {"症状:咳嗽-状态:未知"}
    assert model.scores([ClinicalTranscript.from_text("患者:你好")]) == [{}]


@pytest.mark.slow
def test_the_rules_alone_pass_the_bar_on_labelled_dialogues() -> None:
    if not MIE.exists():
        pytest.skip(f"the labelled dialogues are not here: {MIE}")

    ontology = ontology_of(json.loads((MIE / "ontology.json").read_text()))
    windows = [window for dialogue in dialogues_of(MIE / "dev.json", count())[:40] for window in dialogue]
    told = [(window, untrained_labels(window.transcript, ontology)) for window in windows]
    assert f1(labels_by_dialogue(told)) >= 0.55


def test_a_directory_without_dialogues_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ontology.json").write_text('{"症状": ["咳嗽"]}')
    with pytest.raises(SystemExit, match="no dialogues"):
        run(tmp_path)
