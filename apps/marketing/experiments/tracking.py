"""The addresses that go into messages: short links, the pixel, and the way out."""

from functools import cache
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from apps.marketing.channels.names import in_order
from apps.marketing.copywriting.exports import replace_links, tagged_link
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure

MAX_CAMPAIGN_CHARACTERS = 80
_NOBODY = str(UUID(int=0))


def short_link(exposure_id: UUID, number: int) -> str:
    """`number`: the place of the link among those of the experiment."""
    return _address("short_link", exposure_id, number)


def pixel_address(exposure: Exposure) -> str:
    return _address("exposure_pixel", exposure.pk)


def unsubscribe_address(exposure: Exposure) -> str:
    """For people, and for the List-Unsubscribe header with one click (RFC 8058)."""
    return _address("unsubscribe", exposure.pk)


def texts_with_links(arm: ExperimentArm, exposure: Exposure) -> dict[str, str]:
    """What goes out: the arm's texts by field, each link of the brief replaced by a short one of this exposure."""
    links = {link: short_link(exposure.pk, number) for number, link in enumerate(exposure.experiment.links)}
    return {key: replace_links(text, links) for key, text in in_order(arm.channel, arm.texts).items()}


def target(exposure: Exposure, number: int) -> str | None:
    """Where a short link leads, with UTM parameters that tell campaign and text. None where there is no such link."""
    experiment, arm = exposure.experiment, exposure.arm
    if arm.is_control or not 0 <= number < len(experiment.links):
        return None
    return tagged_link(
        experiment.links[number],
        source=arm.channel,
        campaign=campaign_name(experiment),
        content=f"{arm.channel}-{arm.position + 1}",
    )


def campaign_name(experiment: Experiment) -> str:
    """For utm_campaign: what the campaign says, else the experiment's own name."""
    campaign = getattr(experiment, "campaign", None)
    return str((campaign and campaign.utm_campaign) or experiment.name)[:MAX_CAMPAIGN_CHARACTERS]


def _address(name: str, exposure_id: UUID, *more: object) -> str:
    return f"{settings.PUBLIC_URL}{_path(name, more).replace(_NOBODY, str(exposure_id))}"


@cache
def _path(name: str, more: tuple[object, ...]) -> str:
    """With the number of nobody in the exposure's place: looking an address up takes longer than choosing a text."""
    return reverse(f"marketing:{name}", args=[_NOBODY, *more])
