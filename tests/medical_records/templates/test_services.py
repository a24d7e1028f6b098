import pytest

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates import services as templates_services
from apps.medical_records.templates.models import RecordTemplateVersion
from domain.clinical.records import builtin_templates
from domain.clinical.records.template import Template, TemplateField, TemplateSection


def written(key: str, *includes: str, section: str = "plan") -> Template:
    field = TemplateField(key="text", title="Text")
    part = TemplateSection(key=section, title=section, division="subjective", fields=[field])
    return Template(key=key, name=key.title(), language="en", includes=list(includes), sections=[part])


def sections(version: RecordTemplateVersion) -> list[str]:
    return [section.key for section in version.schema.sections]


def latest(actor: Actor, key: str) -> RecordTemplateVersion:
    return templates.latest_versions(actor.organisation).get(template__key=key)


def test_built_in_templates_are_the_organisations_own_and_installed_once(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    for _ in range(2):
        templates_services.install_builtin(alice_actor.organisation)

    offered = templates.offered_versions(alice_actor.organisation)
    assert {each.template.key for each in offered} == set(builtin_templates.by_key())
    assert not templates.offered_versions(bob_actor.organisation).exists()


def test_what_includes_a_template_follows_it(alice_actor: Actor) -> None:
    first = templates_services.publish(alice_actor, None, written("first"))
    second = templates_services.publish(alice_actor, None, written("second", "first", section="more"))
    assert sections(second) == ["plan", "more"]

    templates_services.publish(
        alice_actor, first.template, written("first", section="changed"), note="better"
    )

    assert sections(latest(alice_actor, "second")) == ["changed", "more"]
    assert sections(RecordTemplateVersion.objects.get(pk=second.pk)) == ["plan", "more"]
    assert latest(alice_actor, "first").number == 2


def test_a_cycle_is_refused_with_its_way_and_nothing_is_stored(alice_actor: Actor) -> None:
    first = templates_services.publish(alice_actor, None, written("first"))
    templates_services.publish(alice_actor, None, written("second", "first"))

    with pytest.raises(InvalidInput) as refused:
        templates_services.publish(alice_actor, first.template, written("first", "second"))

    assert "first → second → first" in str(refused.value.fields["definition"][0])
    assert latest(alice_actor, "first").number == 1


@pytest.mark.parametrize(
    "definition",
    [
        {"key": "a", "name": "A", "language": "en"},
        {"key": "A b", "name": "A", "language": "en"},
        {"key": "a", "name": "A", "language": "xx"},
        {"key": "a", "name": "A", "language": "en", "includes": ["nowhere"]},
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    alice_actor: Actor, definition: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        templates_services.publish(alice_actor, None, definition)

    assert refused.value.fields["definition"]


def test_an_archived_template_is_not_offered_until_it_is_back(alice_actor: Actor) -> None:
    version = templates_services.publish(alice_actor, None, written("first"))

    templates_services.archive(alice_actor, version.template)
    assert not templates.offered_versions(alice_actor.organisation).exists()
    templates_services.restore(alice_actor, version.template)

    assert templates.offered_versions(alice_actor.organisation).get() == version


def test_a_copy_goes_its_own_way(alice_actor: Actor) -> None:
    version = templates_services.publish(alice_actor, None, written("first"))

    copies = [templates_services.copy(alice_actor, version.template, name="Mine") for _ in range(2)]

    assert {copy.template.key for copy in copies} == {"first_2", "first_3"}
    assert copies[0].template.name == "Mine"
