"""Made-up runs of two apps in a tea shop: nothing went in and nothing came out of them."""

from apps.accounts.actors import Actor
from apps.dashboards.busy.ledger import ended_job
from apps.dashboards.busy.traffic import Traffic
from apps.jobs.models import Job
from apps.workbench import services
from apps.workbench.execution import RUN_APP
from apps.workbench.models import App, AppRun

ORGANISATION = "demo-tea-house"
PER_DAY = 5.0
BATCH = 1000
APPS = ("summarise", "write")


def fill(traffic: Traffic) -> None:
    owner = Actor.from_member(traffic.members[0])
    apps = [_published(owner, name) for name in APPS]
    jobs: list[Job] = []
    runs: list[AppRun] = []
    for moment in traffic.moments(PER_DAY):
        app, job = traffic.random.choice(apps), ended_job(traffic, RUN_APP, moment, traffic.member())
        jobs.append(job)
        runs.append(
            AppRun(
                id=traffic.row_id(moment),
                organisation=traffic.organisation,
                app=app,
                version=app.published,
                member=job.member,
                api_key=job.api_key,
                job=job,
                created_at=moment,
            )
        )
    Job.objects.bulk_create(jobs, BATCH)
    AppRun.objects.bulk_create(runs, BATCH)


def _published(owner: Actor, name: str) -> App:
    """Taken over from the platform, unless the organisation has it."""
    own = App.objects.within(owner.organisation).filter(name=name).first()
    return own or services.add_shipped_app(owner, app=name)
