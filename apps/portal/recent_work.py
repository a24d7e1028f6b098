"""What a member worked on last, by the titles of the things themselves."""

from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.jobs import selectors
from apps.jobs.models import Job

MAX_WORKS = 6
# One brief or document often stands behind several jobs in a row, of which the last one counts.
LOOKED_AT = 30


@dataclass(frozen=True)
class RecentWork:
    """`title`: what it is about, or the kind of work where that has no title; `detail`: the kind where it has one."""

    job: Job
    title: str
    detail: str
    url: str


def recent_work(actor: Actor) -> list[RecentWork]:
    """The latest first, each thing once, and what has no title once of each kind.

    Costs one query for the jobs and one for each kind of thing among them.
    """
    jobs = selectors.recent_jobs(actor, limit=LOOKED_AT)
    about = selectors.subjects_of(actor, jobs)
    works: dict[tuple[str, str], RecentWork] = {}
    for job in jobs:
        subject, own_page = about[job.pk], reverse("jobs:job", args=[job.pk])
        # A job that failed is looked into on its own page, which says why.
        url = own_page if job.state == Job.State.FAILED else subject.url or own_page
        work = RecentWork(job, subject.text or job.label, job.label if subject.text else "", url)
        key = (subject.text, subject.url or own_page) if subject.text else ("", job.kind)
        works.setdefault(key, work)
        if len(works) == MAX_WORKS:
            break
    return list(works.values())
