"""A shop to look at: an organisation, its handbook in two languages, and a conversation through the API."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Message
from apps.customer_service.demo_client import DemoClient, RequestRefused, StreamedAnswer
from apps.inference.models import InferenceCall, Purpose
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection
from apps.operations.demonstration.material import HANDBOOKS
from llm_backend import patterns

SLUG = "demo-tea-house"
SHOP = "云岭茶舍 Yunling Tea House"
EMAIL = "owner@demo.example"
COLLECTION = "Handbook 手册"
# Of two visitors. A question and a follow-up in Chinese; in English what the handbook tells of, and what it does not.
CONVERSATIONS = (
    ("茶叶可以退货吗?", "那已经开封的呢?"),
    (
        "Do you deliver to post office boxes?",
        "How long does delivery take?",
        "Do you repair coffee machines?",
    ),
)
SCOPES = ("knowledge.view", "knowledge.edit", "conversations.view", "conversations.reply", "jobs.view")
KEY_LIFETIME = timedelta(hours=1)
READING_SECONDS = 300


class Command(BaseCommand):
    help = "Makes a demo shop and plays a conversation in it, through the public API."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the platform answers")

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        console = Console(highlight=False)
        owner, password = demo_owner()
        channel = demo_channel(owner)
        with temporary_key(owner) as token:
            try:
                asyncio.run(play(console, url.rstrip("/"), token, channel))
            except RequestRefused as error:
                raise CommandError(str(error)) from error
        show_addresses(console, url.rstrip("/"), channel, password)


def demo_owner() -> tuple[Actor, str | None]:
    """The owner, and the password if the account was made just now: it is stored nowhere in clear."""
    password = None
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(EMAIL, password, name="Demo")
    organisation = Organisation.objects.filter(slug=SLUG).first()
    if organisation is None:
        organisation = accounts.create_organisation(name=SHOP, slug=SLUG, owner=user)
    members = Membership.objects.select_related("organisation", "user")
    return Actor.from_member(members.get(organisation=organisation, user=user)), password


def demo_channel(owner: Actor) -> Channel:
    first_channel = Channel.objects.within(owner.organisation).order_by("created_at").first()
    if first_channel is not None:
        return first_channel
    collection = Collection.objects.within(owner.organisation).filter(name=COLLECTION).first()
    if collection is None:
        collection = knowledge.create_collection(owner, name=COLLECTION)
    channel = Channel.objects.create(organisation=owner.organisation, name=SHOP)
    channel.collections.add(collection)
    return channel


@contextmanager
def temporary_key(owner: Actor) -> Iterator[str]:
    """A key for this run alone."""
    key = accounts.create_api_key(owner, name="demo", scopes=SCOPES, expires_at=timezone.now() + KEY_LIFETIME)
    try:
        yield key.token
    finally:
        accounts.revoke_api_key(owner, key.key)


async def play(console: Console, url: str, token: str, channel: Channel) -> None:
    async with DemoClient(url, token) as client:
        collection = await channel.collections.afirst()
        if collection is not None:
            await upload_handbooks(console, client, collection)
        for questions in CONVERSATIONS:
            conversation = await client.start_conversation(str(channel.pk), visitor_name="Demo visitor")
            for question in questions:
                console.print(f"\n[bold cyan]{question}[/]")
                answer = await client.ask(
                    conversation, question, on_text=lambda text: console.print(text, end="", markup=False)
                )
                await show_answer(console, answer)


async def upload_handbooks(console: Console, client: DemoClient, collection: Collection) -> None:
    bar = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*bar, console=console) as progress:
        for path in HANDBOOKS.values():
            task = progress.add_task(f"Reading {path.name}", total=1)
            document = await client.upload(path.name, path.read_bytes(), collection_id=str(collection.pk))

            def show(done: float, task: TaskID = task) -> None:
                progress.update(task, completed=done)

            await client.wait_until_read(document, seconds=READING_SECONDS, on_progress=show)
            show(1.0)


async def show_answer(console: Console, answer: StreamedAnswer) -> None:
    console.print()
    if answer.error:
        console.print(f"[red]{answer.error}[/]")
        return
    listed = {str(citation["number"]) for citation in answer.result["citations"]}
    if set(patterns.findall(r"\[(\d+)\]", answer.text)) - listed:
        # The model named another passage than the one that holds the sentence.
        console.print(f"  after the check: {answer.result['text']}", markup=False)
    for citation in answer.result["citations"]:
        place = " · ".join(filter(None, (citation["document_title"], citation["heading"])))
        console.print(f"  [{citation['number']}] {place}", style="green", markup=False)
    unsupported = sum(not sentence["is_supported"] for sentence in answer.result["sentences"])
    if unsupported:
        console.print(f"  {unsupported} sentence(s) without a source", style="yellow")
    is_written = answer.result["source"] == Message.Source.MODEL
    speed = await sync_to_async(tokens_per_second)(answer.job_id) if is_written else "no model wrote it"
    first = f"first token after {answer.first_seconds:.2f} s" if answer.first_seconds else "no token"
    console.print(f"  {first}, {speed}, {answer.seconds:.1f} s in all", style="dim")


def tokens_per_second(job_id: str) -> str:
    """From the ledger, which counts what the engine reports."""
    call = InferenceCall.objects.filter(job_id=job_id, purpose=Purpose.CHAT).order_by("-id").first()
    if call is None or call.first_token_ms is None or call.latency_ms <= call.first_token_ms:
        return "answered without the model"
    return f"{call.output_tokens / (call.latency_ms - call.first_token_ms) * 1000:.1f} tokens/s"


def show_addresses(console: Console, url: str, channel: Channel, password: str | None) -> None:
    console.print(f"\nPortal      {url}/")
    console.print(f"Chat page   {url}{reverse('customer_service:chat', args=[channel.slug])}")
    if password:
        console.print(f"Sign in as  {EMAIL}  with the password  [bold]{password}[/]  (shown once)")
    else:
        reset = f"new password: ./kongming manage changepassword {EMAIL}"
        console.print(f"Sign in as  {EMAIL}  ({reset})", soft_wrap=True)
