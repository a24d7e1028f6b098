"""A brief's copy for one channel as a table or Markdown, its links told apart by UTM parameters where that is asked."""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core.errors import NotFound
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.selectors import ChannelView
from apps.marketing.copywriting import selectors
from apps.marketing.copywriting.models import CopyVariant

FILE_TYPES = ("csv", "xlsx", "md")
# As Google Analytics groups sources; what is not named is social.
PAID = ("search_ad", "baidu_ad", "feed_ad", "meta_ad")
MEDIUMS = {"email": "email", "sms": "sms", "push": "push"} | dict.fromkeys(PAID, "cpc")
MAX_CAMPAIGN_CHARACTERS = 80


def export_copy(
    actor: Actor,
    brief: Brief,
    channel: str,
    *,
    file_type: str,
    campaign: str = "",
    only_approved: bool = True,
) -> HttpResponseBase:
    """Raises NotFound for a channel or a type of file that there is not."""
    if file_type not in FILE_TYPES:
        raise NotFound
    view = channels.channel(actor.organisation, channel)
    variants = selectors.variant_list(actor.organisation).filter(brief=brief, channel=channel).order_by("id")
    statuses = (
        [CopyVariant.Status.APPROVED]
        if only_approved
        else [CopyVariant.Status.APPROVED, CopyVariant.Status.DRAFT]
    )
    rows = list(_rows(brief, view, variants.filter(status__in=statuses), campaign[:MAX_CAMPAIGN_CHARACTERS]))
    filters = {"channel": channel, "status": statuses}
    export = FileExport(actor, "copy_variant.exported", target=brief, filters=filters, row_count=len(rows))
    name = f"copy-{channel}"
    if file_type == "md":
        answer = HttpResponse(_markdown(brief, view, rows), content_type="text/markdown; charset=utf-8")
        return export.download(answer, f"{name}.md")
    headings = (
        "number",
        "angle",
        "language",
        "status",
        *(each.key for each in view.fields),
        "model",
        "prompt",
    )
    return export.response(rows, name=name, file_type=file_type, headings=headings)


def tagged_link(link: str, *, source: str, campaign: str, content: str) -> str:
    """The address with UTM parameters; those that it has already are replaced."""
    parts = urlsplit(link)
    own = {"utm_source": source, "utm_medium": MEDIUMS.get(source, "social"), "utm_campaign": campaign}
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.startswith("utm_")
    ]
    return urlunsplit(parts._replace(query=urlencode([*query, *own.items(), ("utm_content", content)])))


def replace_links(text: str, links: Mapping[str, str]) -> str:
    """Each address by its other one.

    The longest first, by marks: one address may begin as another does, and a new one is not looked into again.
    """
    marks = {}
    for place, link in enumerate(sorted(links, key=len, reverse=True)):
        mark = f"\x00{place}\x00"
        marks[mark] = links[link]
        text = text.replace(link, mark)
    for mark, address in marks.items():
        text = text.replace(mark, address)
    return text


def _rows(
    brief: Brief, view: ChannelView, variants: Iterable[CopyVariant], campaign: str
) -> Iterator[dict[str, object]]:
    for number, variant in enumerate(variants, start=1):
        texts = {each.key: variant.texts.get(each.key, "") for each in view.fields}
        if campaign:
            content = f"{view.key}-{number}"
            links = {
                link: tagged_link(link, source=view.key, campaign=campaign, content=content)
                for link in brief.links
            }
            texts = {key: replace_links(text, links) for key, text in texts.items()}
        yield {
            "number": number,
            "angle": variant.angle_label,
            "language": variant.text_language,
            "status": variant.get_status_display(),
            **texts,
            "model": variant.model,
            "prompt": variant.prompt,
        }


def _markdown(brief: Brief, view: ChannelView, rows: list[dict[str, object]]) -> str:
    lines = [f"# {brief.product} · {view.name}", ""]
    for row in rows:
        lines += [f"## {row['number']} {row['angle']}".rstrip(), ""]
        for each in view.fields:
            if text := str(row[each.key]):
                lines += [f"**{each.name}**", "", text, ""]
    return "\n".join(lines) if rows else "\n".join([*lines, _("Nothing is approved yet."), ""])
