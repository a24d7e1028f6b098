"""Made-up runs of two apps in a tea shop: nothing went in and nothing came out of them."""

from apps.accounts.actors import Actor
from apps.dashboards.busy.traffic import Traffic
from apps.jobs.models import Job
from apps.workbench import services
from apps.workbench.execution import RUN_APP
from apps.workbench.models import App, AppRun

ORGANISATION = "demo-tea-house"
PER_DAY = 5.0
BATCH = 1000
APPS = ("summarise", "write")
FAILED = 0.04


def fill(traffic: Traffic) -> None:
    owner = Actor.from_member(traffic.members[0])
    apps = [_published(owner, name) for name in APPS]
    jobs: list[Job] = []
    runs: list[AppRun] = []
    for moment in traffic.moments(PER_DAY):
        app, member = traffic.random.choice(apps), traffic.member()
        started_at = moment + traffic.seconds(0.2)
        has_failed = traffic.chance(FAILED)
        jobs.append(
            Job(
                id=traffic.row_id(moment),
                organisation=traffic.organisation,
                kind=RUN_APP.name,
                queue=RUN_APP.queue,
                state=Job.State.FAILED if has_failed else Job.State.SUCCEEDED,
                result=None if has_failed else {},
                error_code="too_much" if has_failed else "",
                member=member,
                created_at=moment,
                available_at=moment,
                sent_at=moment,
                started_at=started_at,
                finished_at=max(started_at, min(started_at + traffic.seconds(20), traffic.until)),
                # Emptied jobs are not run again: there is nothing behind these.
                erased_at=traffic.until,
            )
        )
        runs.append(
            AppRun(
                id=traffic.row_id(moment),
                organisation=traffic.organisation,
                app=app,
                version=app.published,
                member=member,
                job=jobs[-1],
                created_at=moment,
            )
        )
    Job.objects.bulk_create(jobs, BATCH)
    AppRun.objects.bulk_create(runs, BATCH)


def _published(owner: Actor, name: str) -> App:
    """Taken over from the platform, unless the organisation has it."""
    own = App.objects.within(owner.organisation).filter(name=name).first()
    return own or services.add_shipped_app(owner, app=name)
