"""Groups of people who are alike, found by a job, each with a rule that tells it from the others and with a portrait."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows
from apps.marketing.groups.cluster_rules import Row, questions_of, rule_for_group
from apps.marketing.groups.models import PeopleClustering
from apps.marketing.groups.portraits import group_figures, portrait
from apps.marketing.profiles import selectors
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import value_text
from apps.marketing.rules.rules import holds, read_rule
from apps.marketing.segments import services as segmentation
from apps.marketing.segments.models import Segment
from domain.marketing.decisions.arrays import Floats, Ints
from domain.marketing.decisions.features import RowEncoder

MIN_PEOPLE, MAX_PEOPLE, MAX_ATTRIBUTES = 30, 50_000, 30
MIN_GROUPS, MAX_GROUPS = 2, 8
MIN_GROUP_PEOPLE, MIN_GROUP_SHARE = 5, 0.02
# How many groups there are is tried on so many, and judged by the silhouettes of so many.
TRIAL_PEOPLE, SILHOUETTE_PEOPLE = 10_000, 2000
TOO_FEW = _("Clustering needs at least 30 people.")
ALL_ALIKE = _("People do not differ in these attributes. Choose others.")

CLUSTER_PEOPLE = JobType(
    "marketing.cluster_people",
    queue="batch",
    label=_("Cluster people"),
    stages={"grouping": _("Grouping people")},
    may_see=holders_of("marketing.people"),
    subject=of_rows(
        PeopleClustering.objects.within,
        lambda row: Subject(", ".join(row.attributes)[:LONGEST_TEXT], row.get_absolute_url()),
        permission="marketing.people",
    ),
)


@requires_permission("marketing.people")
@transaction.atomic
def start_clustering(actor: Actor, *, attributes: Sequence[str]) -> PeopleClustering:
    """Queues it. Raises InvalidInput for attributes that nobody can be alike in."""
    known = {each.name for each in selectors.known_attributes(actor.organisation) if each.is_groupable}
    chosen = [name for name in dict.fromkeys(attributes) if name in known]
    if not chosen or len(chosen) > MAX_ATTRIBUTES:
        reason = _("Choose 1 to %(count)d attributes to compare.")
        raise InvalidInput(fields={"attributes": [reason % {"count": MAX_ATTRIBUTES}]})
    clustering = PeopleClustering(organisation=actor.organisation, attributes=chosen, member=actor.member)
    clustering.job = jobs.create_row_job(actor, CLUSTER_PEOPLE, clustering)
    clustering.save(force_insert=True)
    audit.record(
        actor, action="people_clustering.created", target=clustering, details={"attributes": len(chosen)}
    )
    return clustering


@CLUSTER_PEOPLE.service
def cluster_people(run: JobRun, *, people_clustering_id: str) -> dict[str, Any]:
    """Raises InvalidInput where there is nothing to tell people apart by."""
    organisation = run.job.organisation
    clustering = PeopleClustering.objects.within(organisation).get(pk=people_clustering_id)
    run.stage("grouping")
    known = {each.name: each.kind for each in selectors.known_attributes(organisation)}
    kinds = {name: known[name] for name in clustering.attributes if name in known}
    total, ids, rows = _sample_people(organisation, kinds)
    if len(ids) < MIN_PEOPLE:
        raise InvalidInput(TOO_FEW, code="too_few_people")
    labels = _labels(RowEncoder.learn(rows).matrix(rows))
    questions, answers = questions_of(rows, kinds)
    by_size = sorted(set(labels), key=lambda label: -int((labels == label).sum()))
    clusters = []
    with translation.override(organisation.output_language):
        for number, label in enumerate(by_size, start=1):
            run.check()
            run.progress(number - 1, len(by_size))
            inside = labels == label
            members = [ids[place] for place in np.flatnonzero(inside)]
            rule = rule_for_group(questions, answers, inside)
            told = group_figures(
                rows,
                [rows[place] for place in np.flatnonzero(inside)],
                kinds,
                timezone.localdate().toordinal(),
            )
            clusters.append(
                {
                    "number": number,
                    "size": len(members),
                    "share": len(members) / len(ids),
                    "rule": rule,
                    **_accuracy(organisation, ids, members, rule),
                    "figures": [asdict(each) for each in told],
                    "portrait": portrait(run, len(members), len(members) / len(ids), told),
                    "segment": "",
                }
            )
    result = {"people_clustering": str(clustering.pk), "groups": len(clusters), "people": len(ids)}
    with run.finishing(result):
        clustering.clusters, clustering.people_count, clustering.total_count = clusters, len(ids), total
        clustering.save(update_fields=["clusters", "people_count", "total_count"])
    return result


@requires_permission("marketing.people")
@transaction.atomic
def keep_cluster(actor: Actor, clustering: PeopleClustering, *, number: int, name: str) -> Segment:
    """Its rule becomes a segment. Raises Conflict for a group that has no rule, or is a segment already."""
    rows = PeopleClustering.objects.within(actor.organisation).select_for_update()
    held = rows.get(pk=clustering.pk)
    cluster = next((each for each in held.clusters if each["number"] == number and each["rule"]), None)
    is_kept = cluster and cluster["segment"] and Segment.objects.filter(pk=cluster["segment"]).exists()
    if cluster is None or is_kept:
        raise Conflict(_("This group is already a segment, or no rule describes it."))
    segment = segmentation.create_segment(
        actor, name=name, rule=cluster["rule"], origin=Segment.Origin.CLUSTERING, portrait=cluster["portrait"]
    )
    cluster["segment"] = str(segment.pk)
    held.save(update_fields=["clusters"])
    return segment


def _sample_people(organisation: Organisation, kinds: Mapping[str, str]) -> tuple[int, list[UUID], list[Row]]:
    """How many people there are, and those that are looked at: all, or as many as a job can, drawn by chance."""
    people = Person.objects.within(organisation)
    total = people.count()
    chosen = people.order_by("?")[:MAX_PEOPLE] if total > MAX_PEOPLE else people.order_by("pk")
    pairs = list(chosen.values_list("pk", "attributes"))
    rows: list[Row] = [
        {name: _comparable(attributes.get(name), kind) for name, kind in kinds.items()}
        for _pk, attributes in pairs
    ]
    return total, [pk for pk, _attributes in pairs], rows


def _comparable(value: Any, kind: str) -> str | float | None:
    """None for what is not of the attribute's kind: one person's odd value is no amount."""
    match kind, value:
        case "number", int() | float() if not isinstance(value, bool):
            return float(value)
        case "truth", bool():
            return "yes" if value else "no"
        case "day", str():
            try:
                return float(date.fromisoformat(value[:10]).toordinal())
            except ValueError:
                return None
        case "text", str():
            return value
        case "text", int() | float() if not isinstance(value, bool):
            # Of a column of postcodes 010010 is a text and 100000 a number.
            return value_text(value)
    return None


def _labels(matrix: Floats) -> Ints:
    """Each one's group, of as many groups as lie apart best by their silhouettes."""
    # Loaded by the job: every process knows this module.
    from sklearn.metrics import silhouette_score

    # Seeded: the same people make the same groups.
    random = np.random.default_rng(0)
    trial = matrix[random.permutation(len(matrix))[:TRIAL_PEOPLE]]
    distinct = len(np.unique(trial, axis=0))
    best, best_score = 0, -1.0
    for count in range(MIN_GROUPS, min(MAX_GROUPS, distinct - 1) + 1):
        labels = _group_labels(trial, count)[:SILHOUETTE_PEOPLE]
        score = float(silhouette_score(trial[:SILHOUETTE_PEOPLE], labels)) if len(set(labels)) > 1 else -1.0
        if score > best_score:
            best, best_score = count, score
    # Two values alone are two groups, which no silhouette need judge.
    best = MIN_GROUPS if distinct == MIN_GROUPS else best
    labels = _group_labels(matrix, best) if best else np.zeros(len(matrix), dtype=np.int64)
    if len(set(labels)) < MIN_GROUPS:
        raise InvalidInput(ALL_ALIKE, code="all_alike")
    return labels


def _group_labels(matrix: Floats, count: int) -> Ints:
    """A group of one or of few is nobody's segment, and its figures would be those of a person: it joins the next one."""
    from sklearn.cluster import KMeans

    distances = KMeans(count, n_init=3, random_state=0).fit_transform(matrix)
    sizes = np.bincount(distances.argmin(axis=1), minlength=count)
    is_large = sizes >= max(MIN_GROUP_PEOPLE, MIN_GROUP_SHARE * len(matrix))
    if not is_large.any():
        return np.zeros(len(matrix), dtype=np.int64)
    return np.asarray(np.flatnonzero(is_large)[distances[:, is_large].argmin(axis=1)], dtype=np.int64)


def _accuracy(
    organisation: Organisation, ids: Sequence[UUID], members: Sequence[UUID], rule: dict[str, Any]
) -> dict[str, float]:
    """How many people the rule names rightly, and how many it finds, of those it was made from. The database holds the
    rule as it is written against them.
    """
    if not rule:
        return {"precision": 0.0, "recall": 0.0}
    people = Person.objects.within(organisation).filter(pk__in=ids).filter(holds(read_rule(rule)))
    named = set(people.values_list("pk", flat=True))
    right = len(named & set(members))
    return {"precision": right / max(len(named), 1), "recall": right / len(members)}
