"""Templates of a source as rows: made when records are read, counted by the minute, corrected by people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.core.models import new_id
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate, TemplateCount, TemplateSplit
from domain.logs.parsing import Constraints, Template

# Of one source: what a program makes up without end falls together into the last one.
MAX_TEMPLATES = 20_000
OTHER = Template("<**>")
MINUTE_US = 60_000_000
MAX_NAME_CHARACTERS = 120
# Adds to what is there: two files may hold records of the same minute.
_ADD_COUNTS = """
INSERT INTO log_analysis_templatecount (id, organisation_id, source_id, template_id, minute, level, count)
SELECT unnest(%s::uuid[]), %s, %s, unnest(%s::uuid[]), to_timestamp(unnest(%s::bigint[])),
    unnest(%s::text[]), unnest(%s::int[])
ON CONFLICT (template_id, minute, level) DO UPDATE SET count = log_analysis_templatecount.count + EXCLUDED.count
"""
_ADD_TOTALS = """
UPDATE log_analysis_logtemplate AS row SET
    records_count = row.records_count + new.count,
    first_seen_at = least(row.first_seen_at, to_timestamp(new.first / 1e6)),
    last_seen_at = greatest(row.last_seen_at, to_timestamp(new.last / 1e6))
FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::bigint[]) AS count, unnest(%s::bigint[]) AS first,
    unnest(%s::bigint[]) AS last) AS new
WHERE row.id = new.id
"""
# By rules: as most of its records say, until a model or a person says otherwise.
_ADD_SEVERITY = """
UPDATE log_analysis_logtemplate AS row SET severity = new.level
FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::text[]) AS level) AS new
WHERE row.id = new.id AND row.severity = '' AND NOT row.is_named_by_person
"""
_APPLY_NAMES = """
UPDATE log_analysis_logtemplate AS row SET name = known.name,
    severity = coalesce(nullif(known.severity, ''), row.severity)
FROM log_analysis_templatename AS known
WHERE known.organisation_id = %s AND known.name <> '' AND row.organisation_id = known.organisation_id
    AND row.key = known.key AND row.name = '' AND NOT row.is_named_by_person
"""


def templates_with_constraints(source: LogSource) -> tuple[list[Template], Constraints]:
    """What new records are matched with first, and what people decided."""
    rows = list(
        LogTemplate.objects.within(source.organisation_id)
        .filter(source=source)
        .order_by("-records_count")[: MAX_TEMPLATES + 1]
    )
    keys = {row.pk: row.key for row in rows}
    merges = {row.key: keys[row.merged_into_id] for row in rows if row.merged_into_id in keys}
    splits = TemplateSplit.objects.within(source.organisation_id).filter(template__source=source)
    constraints = Constraints(
        merges=merges, splits=frozenset(splits.values_list("template__key", "parameter"))
    )
    return [Template(row.text, name=row.name) for row in rows], constraints


def within_limit(mined_templates: Sequence[Template], known_templates: Sequence[Template]) -> list[Template]:
    """The same templates in the same places; of the new ones, those for which a source has no room are `OTHER`."""
    known_ids = {each.id for each in known_templates}
    room, templates = MAX_TEMPLATES - len(known_ids), []
    for each in mined_templates:
        is_new = each.id not in known_ids
        templates.append(OTHER if is_new and room <= 0 else each)
        room -= is_new
    return templates


@transaction.atomic
def save_all(source: LogSource, mined_templates: Sequence[Template]) -> dict[str, UUID]:
    """The rows of templates by their key; new ones are made."""
    rows = [
        LogTemplate(organisation_id=source.organisation_id, source=source, key=each.id, text=each.text)
        for each in mined_templates
    ]
    LogTemplate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    stored_rows = LogTemplate.objects.within(source.organisation_id).filter(
        source=source, key__in=[row.key for row in rows]
    )
    apply_names(source.organisation_id)
    return dict(stored_rows.values_list("key", "pk"))


def apply_names(organisation_id: UUID) -> None:
    """What a model once called a template is its name in every source; what a person called it stays."""
    with connection.cursor() as cursor:
        cursor.execute(_APPLY_NAMES, [organisation_id])


@transaction.atomic
def count(source: LogSource, rows: Mapping[str, UUID], records: pa.Table) -> None:
    """Adds stored records to the counts of their minute and to their templates' totals."""
    minutes = pc.divide(records["time"], MINUTE_US)
    table = pa.table(
        {
            "template": records["template"],
            "minute": minutes,
            "level": pc.fill_null(records["level"], ""),
            "time": records["time"],
        }
    ).filter(pc.is_valid(records["template"]))
    by_minute = table.group_by(["template", "minute", "level"]).aggregate([("time", "count")]).to_pydict()
    totals = (
        table.group_by(["template"])
        .aggregate([("time", "count"), ("time", "min"), ("time", "max")])
        .to_pydict()
    )
    with connection.cursor() as cursor:
        # In one order everywhere: two workers of one organisation must not wait for each other in a circle.
        order = sorted(
            range(len(by_minute["template"])),
            key=lambda place: (
                by_minute["template"][place],
                by_minute["minute"][place],
                by_minute["level"][place],
            ),
        )
        pick = {name: [column[place] for place in order] for name, column in by_minute.items()}
        cursor.execute(
            _ADD_COUNTS,
            [
                [new_id() for _ in order],
                source.organisation_id,
                source.pk,
                [rows[key] for key in pick["template"]],
                [minute * 60 for minute in pick["minute"]],
                pick["level"],
                pick["time_count"],
            ],
        )
        cursor.execute(
            _ADD_TOTALS,
            [
                [rows[key] for key in totals["template"]],
                totals["time_count"],
                totals["time_min"],
                totals["time_max"],
            ],
        )
        levels = _commonest_levels(by_minute)
        cursor.execute(_ADD_SEVERITY, [[rows[key] for key in levels], list(levels.values())])


def _commonest_levels(counts: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """The level that each template's records have most often, for those that have one."""
    by_template: dict[str, Counter[str]] = {}
    for key, level, count in zip(counts["template"], counts["level"], counts["time_count"], strict=True):
        if level:
            by_template.setdefault(key, Counter())[level] += count
    return {key: levels.most_common(1)[0][0] for key, levels in sorted(by_template.items())}


def drop_counts_before(source: LogSource, moment: datetime) -> None:
    """Their records are gone, too."""
    rows = TemplateCount.objects.within(source.organisation_id)
    rows.filter(source=source, minute__lt=moment).delete()


@requires_permission("logs.manage")
@transaction.atomic
def change_template(actor: Actor, template: LogTemplate, *, name: str, severity: str) -> LogTemplate:
    """What a person calls it and how grave it is; a model never overrules that."""
    template.name, template.severity, template.is_named_by_person = (
        name.strip()[:MAX_NAME_CHARACTERS],
        severity,
        True,
    )
    template.save(update_fields=["name", "severity", "is_named_by_person"])
    audit.record(actor, action="log_template.changed", target=template, details={"name": template.name})
    return template


@requires_permission("logs.manage")
@transaction.atomic
def merge_templates(actor: Actor, template: LogTemplate, *, into: LogTemplate) -> LogTemplate:
    """Shows and counts a template with another, now and for what is still to come; answers the other.

    Merges have one step: what was merged into either ends at the same template. Raises InvalidInput for a template of
    another source, and for itself.
    """
    target = into.merged_into or into
    if target.source_id != template.source_id or target.pk == template.pk:
        raise InvalidInput(fields={"into": [_("Choose another template of the same source.")]})
    template.merged.update(merged_into=target)
    template.merged_into = target
    template.save(update_fields=["merged_into"])
    audit.record(actor, action="log_template.changed", target=template, details={"merged_into": str(target)})
    return target


@requires_permission("logs.manage")
@transaction.atomic
def part_template(actor: Actor, template: LogTemplate) -> None:
    """Takes a merge back."""
    template.merged_into = None
    template.save(update_fields=["merged_into"])
    audit.record(actor, action="log_template.changed", target=template, details={"merged_into": None})


@requires_permission("logs.manage")
@transaction.atomic
def split_template(actor: Actor, template: LogTemplate, *, parameter: int, undo: bool = False) -> None:
    """Each word at a parameter (from 1) makes a template of its own in what is still to come; what is stored stays.

    `undo`: new words make none any more; those that were made stay until they are merged. Raises InvalidInput for a
    parameter that it has not, and where values of any length leave nothing to tell apart.
    """
    splits = TemplateSplit.objects.within(actor.organisation)
    if undo:
        splits.filter(template=template, parameter=parameter - 1).delete()
    elif not 0 < parameter < len(Template(template.text).pieces) or "<**>" in template.text:
        raise InvalidInput(fields={"parameter": [_("Choose a parameter of one word.")]})
    else:
        splits.get_or_create(organisation=actor.organisation, template=template, parameter=parameter - 1)
    details = {"split_at": None if undo else parameter}
    audit.record(actor, action="log_template.changed", target=template, details=details)
