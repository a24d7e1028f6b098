"""Briefs, their facts, and what of them is checked against."""

from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import Length

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.briefs.catalogue import CatalogueFacts
from apps.marketing.briefs.models import Brief, BriefFact, BriefSource
from copychecks.brief import Fact

# An attribute of so many briefs is one of the house's catalogue; of fewer its values are words like others.
MIN_CATALOGUE_BRIEFS = 5
MAX_CATALOGUE_VALUES, MAX_CATALOGUE_CHARACTERS = 2000, 8


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
    return CatalogueFacts(
        product=brief.product,
        facts=tuple(Fact(fact.name, fact.value) for fact in confirmed_facts(brief)),
        must_say=tuple(brief.must_say),
        must_not_say=tuple(brief.must_not_say),
        industries=tuple(brief.industries),
        brand_terms=brand_terms(brief),
        links=tuple(brief.links),
        others=_facts_of_other_briefs(brief),
    )


def _facts_of_other_briefs(brief: Brief) -> tuple[Fact, ...]:
    """Of attributes that so many briefs have that they are the house's catalogue: values that this brief does not hold.

    Numbers are left out, which are checked as such, and long values, which are sentences.
    """
    confirmed = BriefFact.objects.within(brief.organisation_id).filter(is_confirmed=True).exclude(name="")
    counted = confirmed.values("name").annotate(briefs=Count("brief", distinct=True))
    names = counted.filter(briefs__gte=MIN_CATALOGUE_BRIEFS).values("name")
    rows = confirmed.filter(name__in=names).exclude(brief=brief).exclude(value__regex=r"[0-9]")
    rows = rows.annotate(length=Length("value")).filter(length__gte=2, length__lte=MAX_CATALOGUE_CHARACTERS)
    pairs = rows.order_by("value", "name").values_list("name", "value").distinct()[:MAX_CATALOGUE_VALUES]
    return tuple(Fact(name, value) for name, value in pairs)


def brand_terms(brief: Brief) -> dict[str, str]:
    """Wrong spelling → right one."""
    pairs = (line.partition("=") for line in brief.brand_terms)
    return {wrong.strip(): right.strip() for wrong, _sign, right in pairs}


def stored_bytes(organisation_id: UUID) -> int:
    return BriefSource.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0
