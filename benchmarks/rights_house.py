"""An organisation whose rights change at random, and who sees what of it, beside who may."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from apps.accounts import group_roles
from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.visitor_knowledge import visitor_documents
from apps.jobs import selectors as jobs
from apps.jobs import services as job_services
from apps.knowledge import access_control, ingestion, retrieval, selectors, services
from apps.knowledge.chunking import Cut
from apps.knowledge.models import Collection, Document, Passage, PassageVector
from apps.knowledge.retrieval import Question
from apps.knowledge.rights import ANYBODY, Reader
from apps.resources import finding

COLLECTIONS, DOCUMENTS = 4, 4
ROLES = ("admin", "marketer", "viewer", "operator")
GROUPS = ("Tea", "Coffee", "Cocoa")
CHANGES = ("restrict", "restrict", "open", "grant", "grant", "revoke", "groups", "channel")
# Pages and API are asked of each so manyth setting: they cost ten times as much.
PAGES_EVERY = 10
PAGES_OF = 3
MODEL, DIMENSIONS = "random", 8


@dataclass
class Settings:
    """What was set, as the services were told it: by names of collections and documents."""

    restricted: set[str] = field(default_factory=set)
    # What a grant opens → whom it names, as (kind, value).
    grants: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    named_by_channel: set[str] = field(default_factory=set)

    def opens(self, name: str, person: str, role: str) -> bool:
        held = {("member", person), ("role", role), *(("group", each) for each in self.groups[person])}
        return name not in self.restricted or bool(held & self.grants.get(name, set()))

    def may_read(self, document: str, person: str, role: str) -> bool:
        collection = document.partition(" ")[0]
        return role == "owner" or (
            self.opens(collection, person, role) and self.opens(document, person, role)
        )

    def visitors_read(self, document: str) -> bool:
        collection = document.partition(" ")[0]
        is_open = collection not in self.restricted or collection in self.named_by_channel
        return is_open and document not in self.restricted


def look(settings: int, seed: int) -> dict[str, Any]:
    house = House(random.Random(seed))
    for number in range(settings):
        house.change()
        house.look(with_pages=number % PAGES_EVERY == 0)
    return {
        "settings": settings,
        "looked_at": house.looked_at.total(),
        "leaks": house.leaks.total(),
        "leaks_by_place": dict(house.leaks),
        "missing": house.missing.total(),
    }


class House:
    """Members of every role, collections with documents that share one word and have one of their own."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.settings = chance, Settings()
        self.leaks, self.missing, self.looked_at = Counter[str](), Counter[str](), Counter[str]()
        owner = User.objects.create_user("owner@tea.example", None, name="owner")
        self.organisation = accounts.create_organisation(name="Tea", slug="tea", owner=owner)
        self.owner = self._actor("owner")
        self.people = {"owner": "owner"} | {f"{role}{n}": role for role in ROLES for n in (1, 2)}
        for person, role in list(self.people.items())[1:]:
            user = User.objects.create_user(f"{person}@tea.example", None, name=person)
            Membership.objects.create(organisation=self.organisation, user=user, role=role)
        self.settings.groups = {person: set() for person in self.people}
        self.channel = Channel.objects.create(organisation=self.organisation, name="Chat", language="en")
        self.documents = dict(self._made_documents())
        self.collections = {each.name: each for each in Collection.objects.within(self.organisation)}

    def _made_documents(self) -> Any:
        vector_seeds = np.random.default_rng(1)
        for collection_number in range(COLLECTIONS):
            collection = services.create_collection(self.owner, name=f"collection{collection_number}")
            for number in range(DOCUMENTS):
                name = f"{collection.name} document{collection_number}{number}"
                of_owner: dict[str, Any] = {"organisation": self.organisation, "collection": collection}
                document = Document(**of_owner, title=name, file_name=name, digest=name)
                told: dict[str, Any] = {"inputs": {"document_id": str(document.pk)}}
                told["subject"] = f"document:{document.pk}"
                document.job = job_services.create_job(self.owner, kind=services.INGEST_DOCUMENT, **told)
                document.save(force_insert=True)
                ingestion.store_passages(document, [Cut("", f"oolong word{collection_number}{number}")])
                of_owner |= {"passage": Passage.objects.get(document=document), "embedding_model": MODEL}
                vector = vector_seeds.normal(size=DIMENSIONS).tolist()
                PassageVector.objects.create(**of_owner, ordinal=0, embedding=vector)
                yield name, document

    def change(self) -> None:
        """One thing, by the product's own services."""
        name = self.chance.choice([*self.collections, *self.documents])
        row: Any = self.collections.get(name) or self.documents[name]
        kind = self.chance.choice(CHANGES)
        if kind == "restrict":
            access_control.restrict(self.owner, self._fresh(row))
            self.settings.restricted.add(name)
        elif kind == "open":
            access_control.open_to_all(self.owner, self._fresh(row))
            self.settings.restricted.discard(name)
        elif kind == "grant":
            self._grant(name, row)
        elif kind == "revoke":
            self._revoke(name, row)
        elif kind == "groups":
            person = self.chance.choice(list(self.people))
            groups = {group for group in GROUPS if self.chance.random() < 0.4}
            group_roles.keep_groups(self.organisation, self._member(self._actor(person)).user, sorted(groups))
            self.settings.groups[person] = groups
        else:
            named = {each for each in self.collections if self.chance.random() < 0.3}
            self.channel.collections.set([self.collections[each] for each in named])
            self.settings.named_by_channel = named

    def _grant(self, name: str, row: Any) -> None:
        kind = self.chance.choice(["member", "role", "group"])
        value = self.chance.choice({"member": list(self.people), "role": ROLES, "group": GROUPS}[kind])
        if (kind, value) in self.settings.grants.setdefault(name, set()):
            return
        whom: dict[str, Any] = {kind: self._member(self._actor(value)).pk if kind == "member" else value}
        access_control.grant(self.owner, self._fresh(row), **whom)
        self.settings.grants[name].add((kind, value))

    def _revoke(self, name: str, row: Any) -> None:
        held = list(row.grants.filter(document=row if isinstance(row, Document) else None))
        if not held:
            return
        one = self.chance.choice(held)
        access_control.revoke(self.owner, self._fresh(row), grant=one.pk)
        named = {"member": one.member and one.member.user.name, "role": one.role, "group": one.group}
        self.settings.grants[name].discard(next((kind, value) for kind, value in named.items() if value))

    def look(self, *, with_pages: bool) -> None:
        """Through the eyes of one actor, and of visitors."""
        person = self.chance.choice(list(self.people))
        actor, role = self._actor(person), self.people[person]
        allowed = {each for each in self.documents if self.settings.may_read(each, person, role)}
        if not actor.may("knowledge.view"):
            allowed = set()
        self._count("list", {each.title for each in selectors.document_list(actor)}, allowed)
        counts = {each.name: each.documents_count for each in selectors.collection_list(actor)}  # type: ignore[attr-defined]
        for name, count in counts.items():
            own = sum(each.startswith(f"{name} ") for each in allowed)
            self._count("count", set(map(str, range(count))), set(map(str, range(own))))
        chosen = selectors.chosen_collections(actor, None)
        self._count("search", self._ranked(chosen, Question("oolong"), Reader.of(actor)), allowed)
        self._count("vectors", self._ranked(chosen, self._random_question(), Reader.of(actor)), allowed)
        found = {name for _label, rows in finding.found(actor, "document") for name, _url in rows}
        self._count("finder", found, allowed, is_all=False)
        subjects = {f"document:{document.pk}": name for name, document in self.documents.items()}
        seen_jobs = jobs.visible_jobs(actor).values_list("subject", flat=True)
        self._count("jobs", {subjects[each] for each in seen_jobs}, allowed)
        for_visitors = {each for each in self.documents if self.settings.visitors_read(each)}
        visible = {each.title for each in visitor_documents(self.organisation)}
        self._count("visitors", visible, for_visitors)
        open_ones = {document.partition(" ")[0] for document in for_visitors}
        visited = [each for name, each in self.collections.items() if name in open_ones]
        self._count("visitor search", self._ranked(visited, self._random_question(), ANYBODY), for_visitors)
        if with_pages:
            self._look_at_pages(actor, allowed)

    def _look_at_pages(self, actor: Actor, allowed: set[str]) -> None:
        browser, user = Client(SERVER_NAME="localhost"), self._member(actor).user
        browser.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
        for name, document in self.chance.sample(list(self.documents.items()), PAGES_OF):
            for page in ("document", "who_sees_document", "document_access"):
                answer = browser.get(reverse(f"knowledge:{page}", args=[document.pk]))
                seen = {name} if name.encode() in answer.content else set()
                self._count(page, seen, {name} & allowed, is_all=page == "document")
        for collection in self.collections.values():
            for page in ("collection", "export_documents"):
                content = _content(browser.get(reverse(f"knowledge:{page}", args=[collection.pk])))
                seen = {each for each in self.documents if each.encode() in content}
                self._count(page, seen, {each for each in allowed if each.startswith(f"{collection.name} ")})
        if actor.may("knowledge.view"):
            content = _content(browser.get(reverse("knowledge:search"), {"question": "oolong"}))
            seen = {each for each in self.documents if each.encode() in content}
            self._count("search page", seen, allowed, is_all=False)

    def _random_question(self) -> Question:
        return Question("nothing", [self.chance.gauss() for _ in range(DIMENSIONS)], MODEL)

    def _ranked(self, collections: list[Collection], question: Question, reader: Reader) -> set[str]:
        ranked = retrieval.rank(collections, question, reader=reader, limit=50) if collections else []
        rows = Passage.objects.filter(pk__in=[each.passage_id for each in ranked])
        return set(rows.values_list("document__title", flat=True))

    def _count(self, place: str, seen: set[str], allowed: set[str], *, is_all: bool = True) -> None:
        self.looked_at[place] += 1
        self.leaks[place] += len(seen - allowed)
        self.missing[place] += len(allowed - seen) if is_all else 0

    def _actor(self, person: str) -> Actor:
        members = Membership.objects.select_related("organisation", "user")
        return Actor.from_member(members.get(organisation=self.organisation, user__name=person))

    @staticmethod
    def _member(actor: Actor) -> Membership:
        if actor.member is None:
            raise TypeError("Everybody here is a member.")
        return actor.member

    @staticmethod
    def _fresh(row: Any) -> Any:
        return type(row).objects.get(pk=row.pk)


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
