import pytest

from domain.clinical.records.builtin_templates import TEMPLATES, by_key, resolve

OUTPATIENT = [
    *("主诉", "现病史", "既往史", "个人史", "婚育史", "家族史"),
    *("过敏史", "体格检查", "辅助检查", "初步诊断", "诊疗计划"),
]


@pytest.mark.parametrize("key", sorted(by_key()))
def test_each_template_is_whole_and_named_as_its_file(key: str) -> None:
    template = resolve(key)

    assert (TEMPLATES / f"{key}.toml").exists()
    assert key.startswith(f"{template.language}_")
    assert any(field.is_required for section in template.sections for field in section.fields)
    assert {"subjective", "exam", "assessment_and_plan"} <= {each.division for each in template.sections}


@pytest.mark.parametrize("key", sorted(by_key()))
def test_each_template_asks_for_allergies_vital_signs_diagnoses_and_drugs(key: str) -> None:
    kinds = {field.kind for section in resolve(key).sections for field in section.fields}

    assert {"allergies", "vitals", "diagnoses", "medications"} <= kinds


def test_the_outpatient_record_has_the_sections_of_the_national_rules_in_their_order() -> None:
    assert [section.title for section in resolve("zh_outpatient").sections] == OUTPATIENT


def test_a_specialty_keeps_the_outpatient_record_and_adds_its_own() -> None:
    titles = [section.title for section in resolve("zh_cardiology").sections]

    assert [title for title in titles if title in OUTPATIENT] == OUTPATIENT
    assert titles[titles.index("体格检查") - 1] == "心血管专科病史"
    ejection = resolve("zh_cardiology").field("auxiliary_exams", "ejection_fraction")
    assert ejection is not None
    assert (ejection.unit, ejection.low, ejection.high) == ("%", 5, 90)


def test_there_are_specialties_in_both_languages() -> None:
    specialties = {
        language: {
            each.specialty for each in by_key().values() if each.specialty and each.language == language
        }
        for language in ("zh", "en")
    }

    assert len(specialties["zh"]) >= 12
    assert len(specialties["en"]) >= 8
