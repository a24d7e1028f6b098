import pytest

from domain.clinical.records.template import (
    Template,
    TemplateField,
    TemplateInvalid,
    TemplateSection,
    resolve_template,
)


def section(key: str, title: str = "Plan") -> TemplateSection:
    field = TemplateField(key="text", title=title)
    return TemplateSection(key=key, title=title, division="assessment_and_plan", fields=[field])


def template(key: str, *sections: str, includes: tuple[str, ...] = ()) -> Template:
    return Template(
        key=key,
        name=key,
        language="en",
        includes=list(includes),
        sections=[section(each, title=f"{each} of {key}") for each in sections],
    )


def test_included_sections_come_first_and_own_ones_replace_them() -> None:
    soap = template("soap", "subjective", "plan")
    cardiology = template("cardiology", "plan", "ecg", includes=("soap",))

    whole = resolve_template(cardiology, {"soap": soap})

    assert [each.title for each in whole.sections] == [
        "subjective of soap",
        "plan of cardiology",
        "ecg of cardiology",
    ]


def test_templates_that_include_each_other_are_refused_by_name() -> None:
    one, two = template("one", "plan", includes=("two",)), template("two", includes=("one",))

    with pytest.raises(TemplateInvalid, match="one → two → one"):
        resolve_template(one, {"one": one, "two": two})


def test_an_unknown_include_and_an_empty_template_are_refused() -> None:
    with pytest.raises(TemplateInvalid, match="no template gone"):
        resolve_template(template("one", "plan", includes=("gone",)), {})
    with pytest.raises(TemplateInvalid, match="no sections"):
        resolve_template(template("one"), {})


def test_a_choice_needs_choices() -> None:
    with pytest.raises(ValueError, match="two different"):
        TemplateField(key="side", title="Side", kind="choice", choices=["left"])
