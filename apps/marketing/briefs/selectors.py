"""Briefs, their facts, and what of them is checked against."""

from uuid import UUID

from django.db.models import Count, Q, Sum

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.jobs.subjects import of_rows
from apps.marketing.briefs.catalogue_cache import catalogue_facts
from apps.marketing.briefs.models import Brief, BriefFact, BriefSource
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.catalogue import CatalogueFacts


def brief_list(organisation: Organisation) -> OrganisationQuerySet[Brief]:
    """Newest first, with how much copy each has."""
    counts = {
        "texts_count": Count("variants", filter=~Q(variants__status="dropped")),
        "approved_count": Count("variants", filter=Q(variants__status="approved")),
    }
    return (
        Brief.objects.within(organisation).select_related("member__user").annotate(**counts).order_by("-id")
    )


def fact_list(brief: Brief) -> OrganisationQuerySet[BriefFact]:
    """In the order in which they were written down."""
    rows = BriefFact.objects.within(brief.organisation_id).filter(brief=brief)
    return rows.select_related("source").order_by("id")


def confirmed_facts(brief: Brief) -> list[BriefFact]:
    return list(fact_list(brief).filter(is_confirmed=True))


def sources(brief: Brief) -> OrganisationQuerySet[BriefSource]:
    rows = BriefSource.objects.within(brief.organisation_id).filter(brief=brief)
    return rows.defer("content").select_related("job").order_by("-id")


def brief_facts(brief: Brief) -> CatalogueFacts:
    """The brief as the checks read it: what nobody has confirmed is no fact."""
    facts = tuple(Fact(fact.name, fact.value) for fact in confirmed_facts(brief))
    own = {fact.value for fact in facts}
    return CatalogueFacts(
        product=brief.product,
        facts=facts,
        must_say=tuple(brief.must_say),
        must_not_say=tuple(brief.must_not_say),
        industries=tuple(brief.industries),
        brand_terms=brand_terms(brief),
        links=tuple(brief.links),
        goal=brief.goal,
        audience=brief.audience,
        others=tuple(fact for fact in catalogue_facts(brief.organisation_id) if fact.value not in own),
    )


def brand_terms(brief: Brief) -> dict[str, str]:
    """Wrong spelling → right one."""
    pairs = (line.partition("=") for line in brief.brand_terms)
    return {wrong.strip(): right.strip() for wrong, _sign, right in pairs}


def stored_bytes(organisation_id: UUID) -> int:
    return BriefSource.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0


of_briefs = of_rows(Brief.objects.within)
