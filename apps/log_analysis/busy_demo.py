"""Made-up log counts and incidents of a shop's services, the anomalies they were found by, and the deploys around them."""

from datetime import datetime

from django.db.models import Max, Sum

from apps.dashboards.busy.traffic import Traffic
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate, TemplateCount

ORGANISATION = "demo-tea-house"
PER_DAY = 0.7
TITLES = {
    "checkout": ("结账接口超时增多", "Checkout times out more often"),
    "payment": ("支付回调签名错误", "Payment callbacks with wrong signatures"),
    "catalogue": ("商品目录数据库连接耗尽", "Catalogue has no database connections left"),
    "search": ("搜索返回空结果", "Search returns nothing"),
    "gateway": ("网关返回 502", "The gateway answers with 502"),
}
SERVICES = tuple(TITLES)
CAUSES = (
    ("发布后连接池上限过低。", "After the deploy the limit of the connection pool was too low."),
    ("上游服务响应变慢。", "An upstream service became slow."),
)
# Level, how many minutes of a day have such records, and how many records a minute has of them.
TEMPLATES = (
    ("request", Level.INFO, 12, 900, ("处理了一个请求", "Handled a request")),
    ("slow", Level.WARNING, 6, 40, ("请求超过一秒", "Request took more than a second")),
    ("retry", Level.WARNING, 4, 15, ("重试上游服务", "Retried an upstream service")),
    ("failed", Level.ERROR, 2, 8, ("请求失败", "Request failed")),
)
Status, Severity = Incident.Status, Incident.Severity


def fill(traffic: Traffic) -> None:
    sources = [
        LogSource.objects.get_or_create(
            organisation=traffic.organisation, name=f"{service} (demo)", defaults={"service": service}
        )[0]
        for service in SERVICES
    ]
    for source in sources:
        _fill_counts(traffic, source)
        totals = LogTemplate.objects.within(traffic.organisation).filter(source=source)
        sums = totals.aggregate(records_count=Sum("records_count"), last_record_at=Max("last_seen_at"))
        LogSource.objects.filter(pk=source.pk).update(**sums)
    incidents: list[Incident] = []
    anomalies: list[LogAnomaly] = []
    for moment in traffic.moments(PER_DAY):
        incident = _incident(traffic, moment, traffic.random.choice(SERVICES))
        incidents.append(incident)
        anomalies += [
            _anomaly(traffic, incident, detector, traffic.random.choice(sources))
            for detector in traffic.random.sample(
                (Detector.RATE, Detector.NEW_TEMPLATE, Detector.LEVEL, Detector.ALERT_LINE), 2
            )
        ]
    Incident.objects.bulk_create(incidents)
    LogAnomaly.objects.bulk_create(anomalies, ignore_conflicts=True)
    ChangeMarker.objects.bulk_create(
        ChangeMarker(
            id=traffic.row_id(moment),
            organisation=traffic.organisation,
            name=f"{service} 2.{number}",
            service=service,
            happened_at=moment,
        )
        for number, moment in enumerate(traffic.moments(0.5))
        for service in [traffic.random.choice(SERVICES)]
    )


def _fill_counts(traffic: Traffic, source: LogSource) -> None:
    for key, level, per_day, records, names in TEMPLATES:
        minutes = {moment.replace(second=0, microsecond=0) for moment in traffic.moments(per_day)}
        counts = {minute: round(records * traffic.random.lognormvariate(0, 0.4)) + 1 for minute in minutes}
        template = LogTemplate.objects.create(
            organisation=traffic.organisation,
            source=source,
            key=f"demo-{key}",
            text=names[1],
            name=traffic.words(*names),
            severity=level,
            records_count=sum(counts.values()),
            first_seen_at=min(minutes),
            last_seen_at=max(minutes),
        )
        TemplateCount.objects.bulk_create(
            TemplateCount(
                organisation=traffic.organisation,
                source=source,
                template=template,
                minute=minute,
                level=level,
                count=count,
            )
            for minute, count in counts.items()
        )


def _incident(traffic: Traffic, started_at: datetime, service: str) -> Incident:
    ended_at = min(started_at + traffic.seconds(1500), traffic.until)
    is_old = (traffic.until - started_at).days >= 3
    status = traffic.random.choices(
        (Status.RESOLVED, Status.DISMISSED, Status.OPEN, Status.INVESTIGATING),
        (8, 2, 0.2, 0.2) if is_old else (3, 1, 4, 2),
    )[0]
    is_over = status in (Status.RESOLVED, Status.DISMISSED)
    surprise, impact = traffic.random.uniform(3, 12), traffic.random.uniform(0.1, 1)
    return Incident(
        id=traffic.row_id(started_at),
        organisation=traffic.organisation,
        title=traffic.words(*TITLES[service]),
        status=status,
        severity=traffic.random.choices(list(Severity), (4, 5, 3, 1))[0],
        owner=traffic.member() if status != Status.OPEN else None,
        services=[service],
        started_at=started_at,
        ended_at=ended_at,
        surprise=surprise,
        impact=impact,
        score=surprise * impact,
        records_count=traffic.random.randint(20, 4000),
        cause=traffic.words(*traffic.random.choice(CAUSES)),
        is_cause_from_model=traffic.chance(0.7),
        resolved_at=min(ended_at + traffic.seconds(5400), traffic.until) if is_over else None,
        created_at=started_at,
    )


def _anomaly(traffic: Traffic, incident: Incident, detector: Detector, source: LogSource) -> LogAnomaly:
    return LogAnomaly(
        id=traffic.row_id(incident.started_at),
        organisation=traffic.organisation,
        source=source,
        detector=detector,
        service=source.service,
        started_at=incident.started_at,
        ended_at=incident.ended_at,
        surprise=incident.surprise,
        observed=traffic.random.randint(20, 400),
        expected=traffic.random.randint(1, 15),
        records_count=incident.records_count,
        incident=incident,
        created_at=incident.started_at,
    )
