"""A year of jobs and requests to models, made in SQL, and the same figures counted from them."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.urls import URLPattern, reverse
from django.utils import timezone

from apps.accounts.models import ApiKey, Membership, Organisation, User
from apps.dashboards.rollups import services as rollups
from apps.dashboards.rollups.models import CallDay, ChangedDay, ChangedHour
from apps.inference.models import Endpoint, InferenceCall
from benchmarks.organisations import new_owner, session_of
from benchmarks.waiting import wait_until

ORGANISATIONS, MEMBERS, KEYS, MONTHS = 5, 30, 5, 12
CALL_SUMS = "sum(input_tokens), sum(output_tokens), sum(cost)"
SLUG = "dashboard"
MODELS = {"small": "chat", "large": "extraction", "embed": "embedding", "whisper": "speech"}
# kind, queue, and how many in a hundred jobs are of it; the last two are nobody's in particular.
KINDS = (
    ("translation.translate_text", "interactive", 20),
    ("translation.translate_document", "batch", 5),
    ("medical_records.draft_record", "batch", 15),
    ("log_analysis.read_file", "ingest", 5),
    ("log_analysis.explain_incident", "batch", 5),
    ("knowledge.ingest_document", "ingest", 10),
    ("speech.transcribe_recording", "speech", 10),
    ("customer_service.answer_message", "interactive", 30),
)
# Keys are ordered by time, as those of the platform are.
NEW_ID = """(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
    || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid"""
JOBS, CALLS = (
    Path(__file__).with_name(f"dashboard_{name}.sql").read_text(encoding="utf-8")
    for name in ("jobs", "calls")
)


def seed(*, jobs: int, calls: int, days: int = 365) -> None:
    """Organisations with members and keys, and their rows, a month at a time."""
    organisations = [_organisation(number) for number in range(ORGANISATIONS)]
    endpoints = [_endpoint(name, purpose) for name, purpose in MODELS.items()]
    members = Membership.objects.filter(organisation__in=organisations).order_by("organisation_id")
    keys = ApiKey.objects.filter(organisation__in=organisations).order_by("organisation_id")
    parameters: dict[str, Any] = {
        "organisations": sorted(each.pk for each in organisations),
        "members": list(members.values_list("pk", flat=True)),
        "keys": list(keys.values_list("pk", flat=True)),
        "endpoints": [each.pk for each in endpoints],
        "count": jobs // MONTHS,
        "times": max(1, calls // jobs),
    }
    kinds = ", ".join(f"'{kind} {queue}'" for kind, queue, share in KINDS for _ in range(share))
    options = {"id": NEW_ID, "members": MEMBERS, "keys": KEYS, "organisation_count": ORGANISATIONS}
    jobs_query = JOBS.format(choose_kind=f"(ARRAY[{kinds}])[1 + floor(random() * 100)::int]", **options)
    until = timezone.now()
    month = timedelta(days=days) / MONTHS
    with connection.cursor() as cursor:
        for number in range(MONTHS, 0, -1):
            since = until - number * month
            times: dict[str, Any] = {"since": since, "until": since + month, "seconds": month.total_seconds()}
            cursor.execute(jobs_query, parameters | times)
            cursor.execute(CALLS.format(**options), parameters | times)
            print(f"{MONTHS - number + 1} of {MONTHS} months", flush=True)
        # What autovacuum does within minutes anyway.
        cursor.execute("ANALYZE jobs_job, inference_inferencecall")


def roll_up_all() -> None:
    """As the periodic task does, without its pauses; both may be at it at once."""
    while ChangedHour.objects.exists() or ChangedDay.objects.exists():
        rollups.roll_up(seconds=30)
        print(f"{ChangedHour.objects.count()} notes left", flush=True)
    tables = [f"dashboards_{kind}{span}" for kind in ("job", "call") for span in ("day", "hour")]
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")


def sign_in() -> dict[str, str]:
    """Cookies of the owner of the largest organisation and of whoever runs the installation."""
    largest = Organisation.objects.filter(slug__startswith=SLUG).order_by("pk").first()
    owner = Membership.objects.get(organisation=largest, role="owner").user
    operators = User.objects.filter(is_superuser=True)
    operator = operators.first() or User.objects.create_superuser("operator@kongming.example")
    people = {"member": owner, "operator": operator}
    return {name: f"{settings.SESSION_COOKIE_NAME}={session_of(user)}" for name, user in people.items()}


def addresses() -> dict[str, str]:
    """Every page of the dashboards and every metric endpoint → who looks."""
    found = {}
    for namespace, module, person in (
        ("dashboards", "apps.dashboards.urls", "member"),
        ("admin_dashboards", "apps.dashboards.admin_urls", "operator"),
    ):
        for pattern in import_module(module).urlpatterns:
            is_page = isinstance(pattern, URLPattern) and not pattern.pattern.converters
            if is_page and pattern.name != "settings":
                found[reverse(f"{namespace}:{pattern.name}")] = person
    found[reverse("dashboards:jobs") + "?kind=translation.translate_text"] = "member"
    found[reverse("dashboards:models") + "?model=small"] = "member"
    found[reverse("api:analytics")] = "member"
    for report, groups in (("jobs", ("desk", "member", "state")), ("models", ("model", "api_key", "kind"))):
        for query in ("", *(f"?group_by={group}" for group in groups)):
            found[reverse("api:analytics-series", args=[report]) + query] = "member"
    return found


def periods(days: int, count: int) -> list[str]:
    """Other days each time, so that no answer comes from a cache."""
    today = timezone.localdate()
    ends = [today - timedelta(days=number) for number in range(count)]
    return [f"from={end - timedelta(days=days - 1)}&to={end}" for end in ends]


def lag() -> float:
    """Seconds from a request's commit until the figures of its day have it. Raises TimeoutError."""
    organisation = Organisation.objects.filter(slug__startswith=SLUG).order_by("pk")[0]
    own = CallDay.objects.filter(organisation=organisation, dimension=CallDay.Dimension.TOOL, model="lag")

    def count() -> int:
        return int(own.aggregate(calls=Sum("calls", default=0))["calls"])

    before = count()
    InferenceCall.objects.create(organisation=organisation, purpose="chat", model="lag", status="succeeded")
    return wait_until("it is rolled up", lambda: count() != before, seconds=300)


def difference() -> int:
    """How many groups of figures, by hour and by day, are not what the rows say."""
    calls = (
        f"count(*), {CALL_SUMS}, sum(audio_ms) / 1000.0",
        f"sum(calls), {CALL_SUMS}, sum(audio_seconds)",
    )
    tool, jobs = "endpoint_id, model, purpose, status, error_code", ("count(*)", "sum(jobs)")
    pairs = [
        *_counted_and_rolled("jobs_job", "dashboards_job", jobs, "state", "kind, state, error_code"),
        *_counted_and_rolled("inference_inferencecall", "dashboards_call", calls, "status", tool),
    ]
    unlike = "SELECT count(*) FROM (({0} EXCEPT ALL {1}) UNION ALL ({1} EXCEPT ALL {0})) AS d"
    return sum(int(_value(unlike.format(*pair))) for pair in pairs)


def _counted_and_rolled(
    rows: str, rolled: str, sums: tuple[str, str], state: str, tool: str
) -> Iterator[tuple[str, str]]:
    """The same figures twice, as queries: of the rows and of the roll-ups, by hour and by each cut of a day."""
    columns = f"{tool}, member_id, api_key_id"
    hour = "date_trunc('hour', created_at, 'UTC')"
    yield _sums(rows, hour, columns, sums[0]), _sums(f"{rolled}hour", "hour", columns, sums[1])
    cuts = {"total": state, "tool": tool} | ({"model": tool} if state == "status" else {})
    cuts |= {name: f"{name}_id, {state}" for name in ("member", "api_key")}
    day = f"(created_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
    for name, columns in cuts.items():
        of_days = f"{rolled}day WHERE organisation_id IS NOT NULL AND dimension = '{name}'"
        yield _sums(rows, day, columns, sums[0]), _sums(of_days, "day", columns, sums[1])


def _sums(table: str, moment: str, columns: str, sums: str) -> str:
    return (
        f"SELECT organisation_id, {moment} AS moment, {columns}, {sums} FROM {table} GROUP BY 1, 2, {columns}"  # noqa: S608
    )


def rollup_megabytes() -> int:
    tables = "pg_class WHERE relname LIKE 'dashboards\\_%' AND relkind = 'r'"
    return int(_value(f"SELECT sum(pg_total_relation_size(oid)) FROM {tables}")) // 2**20  # noqa: S608


def _value(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def _organisation(number: int) -> Organisation:
    organisation = new_owner(f"{SLUG}-{number}", f"Organisation {number}").organisation
    emails = (f"{SLUG}-{number}-{place}@kongming.example" for place in range(MEMBERS - 1))
    users = User.objects.bulk_create(User(email=email, name=email) for email in emails)
    viewers = (Membership(organisation=organisation, user=user, role="viewer") for user in users)
    Membership.objects.bulk_create(viewers)
    keys = ({"name": f"Key {place}", "prefix": f"{number}{place}bench"} for place in range(KEYS))
    ApiKey.objects.bulk_create(
        ApiKey(organisation=organisation, secret_hash="", scopes=[], **each) for each in keys
    )
    return organisation


def _endpoint(name: str, purpose: str) -> Endpoint:
    prices: dict[str, Any] = {"is_enabled": False, "input_price": 1, "output_price": 2}
    address = {"name": f"{SLUG} {name}", "url": "http://127.0.0.1:9/v1", "model": name}
    return Endpoint.objects.create(organisation=None, purpose=purpose, **address, **prices)
