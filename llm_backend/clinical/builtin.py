"""Templates that every hospital starts with."""

from functools import cache

from llm_backend.clinical.template import Template, TemplateField, TemplateSection


@cache
def builtin_templates() -> dict[str, Template]:
    """By key."""
    return {template.key: template for template in (_outpatient(), _soap())}


def _outpatient() -> Template:
    sections = (
        _section("chief_complaint", "主诉", "subjective", is_required=True),
        _section("present_illness", "现病史", "subjective", is_required=True),
        _section("past_history", "既往史", "subjective"),
        _section("allergies", "过敏史", "subjective"),
        _section("examination", "体格检查", "exam"),
        _section("results", "辅助检查", "results"),
        _section("diagnosis", "初步诊断", "assessment_and_plan", is_required=True),
        _section("plan", "诊疗计划", "assessment_and_plan"),
    )
    return Template(key="outpatient_zh", name="门诊病历", language="zh", sections=list(sections))


def _soap() -> Template:
    sections = (
        _section("subjective", "Subjective", "subjective", is_required=True),
        _section("objective", "Objective", "exam"),
        _section("results", "Results", "results"),
        _section("assessment_and_plan", "Assessment and plan", "assessment_and_plan", is_required=True),
    )
    return Template(key="soap_en", name="SOAP note", language="en", sections=list(sections))


def _section(key: str, title: str, division: str, *, is_required: bool = False) -> TemplateSection:
    field = TemplateField(key="text", title=title, kind="findings", is_required=is_required)
    return TemplateSection(key=key, title=title, division=division, fields=[field])
