"""SQL that counts jobs and calls of some hours of an organisation into buckets.

Parameters: organisation, since, until, hours (of UTC, a list) and width (minutes of a bucket).
"""

from dataclasses import dataclass

from apps.dashboards.rollups.quantiles import bin_sum_sql

WITHIN = """
    {row}.organisation_id = %(organisation)s AND {row}.created_at >= %(since)s AND {row}.created_at < %(until)s
    AND date_trunc('hour', {row}.created_at, 'UTC') = ANY(%(hours)s)
"""
BUCKET = "date_bin(make_interval(mins => %(width)s), {row}.created_at, '2000-01-01 00:00:00+00')"
MILLISECONDS = "round(extract(epoch FROM {until} - {since}) * 1000)::bigint"

# A job that waits again for its next attempt has not been taken since it became due.
JOB_HOURS = f"""
    INSERT INTO dashboards_jobhour (
        id, organisation_id, hour, desk, kind, queue, member_id, api_key_id, state, error_code, jobs, attempts,
        waits, wait_ms, wait_bins, runs, run_ms, run_bins
    )
    SELECT
        gen_random_uuid(), organisation_id, bucket, split_part(kind, '.', 1), kind, queue, member_id, api_key_id, state,
        error_code, count(*), sum(attempt), count(wait), coalesce(sum(wait), 0), {bin_sum_sql("wait")},
        count(run), coalesce(sum(run), 0), {bin_sum_sql("run")}
    FROM (
        SELECT
            job.*, {BUCKET.format(row="job")} AS bucket,
            CASE WHEN started_at >= available_at
                THEN {MILLISECONDS.format(until="started_at", since="available_at")} END AS wait,
            CASE WHEN finished_at >= started_at
                THEN {MILLISECONDS.format(until="finished_at", since="started_at")} END AS run
        FROM jobs_job AS job WHERE {WITHIN.format(row="job")}
    ) AS jobs
    GROUP BY organisation_id, bucket, kind, queue, member_id, api_key_id, state, error_code
"""  # noqa: S608  (names of columns)
CALL_HOURS = f"""
    INSERT INTO dashboards_callhour (
        id, organisation_id, hour, desk, kind, member_id, api_key_id, purpose, endpoint_id, model, status, error_code,
        calls, input_tokens, output_tokens, reasoning_tokens, cost, audio_seconds, waited_ms, latency_ms, latency_bins,
        first_tokens, first_token_ms, first_token_bins, written_tokens, writing_ms
    )
    SELECT
        gen_random_uuid(), organisation_id, bucket, split_part(kind, '.', 1), kind, member_id, api_key_id, purpose,
        endpoint_id, model, status, error_code, count(*), sum(input_tokens), sum(output_tokens), sum(reasoning_tokens),
        sum(cost), sum(audio_ms) / 1000.0, sum(waited_ms), sum(latency_ms), {bin_sum_sql("latency_ms")},
        count(first_token_ms), coalesce(sum(first_token_ms), 0), {bin_sum_sql("first_token_ms")},
        coalesce(sum(output_tokens) FILTER (WHERE latency_ms > first_token_ms), 0),
        coalesce(sum(latency_ms - first_token_ms) FILTER (WHERE latency_ms > first_token_ms), 0)
    FROM (
        SELECT call.*, coalesce(job.kind, '') AS kind, {BUCKET.format(row="call")} AS bucket
        FROM inference_inferencecall AS call LEFT JOIN jobs_job AS job ON job.id = call.job_id
        WHERE {WITHIN.format(row="call")}
    ) AS calls
    GROUP BY
        organisation_id, bucket, kind, member_id, api_key_id, purpose, endpoint_id, model, status, error_code
"""  # noqa: S608  (names of columns)
# The hours of which there are fewer rows than were rolled up once.
SHRUNK_HOURS = f"""
    WITH present AS (
        SELECT date_trunc('hour', created_at, 'UTC') AS hour, count(*) AS rows
        FROM {{table}} AS source WHERE {WITHIN.format(row="source")} GROUP BY 1
    ), rolled AS (
        SELECT date_trunc('hour', hour, 'UTC') AS hour, sum({{count}}) AS rows
        FROM {{hours}} WHERE organisation_id = %(organisation)s AND hour >= %(since)s AND hour < %(until)s GROUP BY 1
    )
    SELECT rolled.hour FROM rolled LEFT JOIN present USING (hour) WHERE rolled.rows > coalesce(present.rows, 0)
"""  # noqa: S608  (names of columns)


@dataclass(frozen=True)
class DayColumns:
    """`tool`, `model`: by what the days of tools and of models are told apart; `state`: by what all days are.

    `sums` are added, `bins` merged.
    """

    state: str
    tool: tuple[str, ...]
    sums: tuple[str, ...]
    bins: tuple[str, ...]
    model: tuple[str, ...] = ()


JOB_COLUMNS = DayColumns(
    state="state",
    tool=("desk", "kind", "error_code"),
    sums=("jobs", "attempts", "waits", "wait_ms", "runs", "run_ms"),
    bins=("wait_bins", "run_bins"),
)
CALL_COLUMNS = DayColumns(
    state="status",
    tool=("desk", "kind", "purpose", "endpoint_id", "model", "error_code"),
    model=("purpose", "endpoint_id", "model", "error_code"),
    sums=(
        "calls",
        "input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "cost",
        "audio_seconds",
        "waited_ms",
        "latency_ms",
        "first_tokens",
        "first_token_ms",
        "written_tokens",
        "writing_ms",
    ),
    bins=("latency_bins", "first_token_bins"),
)
MAY_BE_NULL = ("endpoint_id",)


def days_from_hours(table: str, hours: str, columns: DayColumns, *, whole: bool) -> str:
    """SQL that counts days from hours, along each dimension; of the `whole` installation, or of an organisation.

    Parameters: organisation (null for the whole), since, until, days (a list, or null for all of them) and zone.
    """
    state = columns.state
    owner = "organisation_id" if whole else "NULL::uuid"
    persons = ("owner",) if whole else ("member_id", "api_key_id")
    cuts = [(), columns.tool, *([columns.model] if columns.model else []), *((each,) for each in persons)]
    sets = [", ".join(["day", *cut, state]) for cut in cuts]
    absent = {"member_id", "api_key_id"} - set(persons)
    values = [
        *(each if each in MAY_BE_NULL else f"coalesce({each}, '')" for each in columns.tool),
        state,
        *("NULL::uuid" if each in absent else each for each in ("member_id", "api_key_id")),
        "owner" if whole else "NULL::uuid",
        *(f"sum({each})" for each in columns.sums),
        # pgvector sums dense vectors only.
        *(f"sum({each}::vector)::sparsevec" for each in columns.bins),
    ]
    # By the first of these columns that a day is told apart by.
    dimensions = {each: each.removesuffix("_id") for each in persons} | {"kind": "tool"}
    dimensions |= {"model": "model"} if columns.model else {}
    dimension = " ".join(f"WHEN grouping({each}) = 0 THEN '{name}'" for each, name in dimensions.items())
    names = [*columns.tool, state, "member_id", "api_key_id", "owner_id", *columns.sums, *columns.bins]
    return f"""
        INSERT INTO {table} (
            id, organisation_id, day, dimension, {", ".join(names)}
        )
        SELECT
            gen_random_uuid(), %(organisation)s, day, CASE {dimension} ELSE 'total' END, {", ".join(values)}
        FROM (
            SELECT *, {owner} AS owner, (hour AT TIME ZONE %(zone)s)::date AS day FROM {hours}
            WHERE hour >= %(since)s AND hour < %(until)s{"" if whole else " AND organisation_id = %(organisation)s"}
        ) AS hours
        WHERE %(days)s::date[] IS NULL OR day = ANY(%(days)s::date[])
        GROUP BY GROUPING SETS ({", ".join(f"({each})" for each in sets)})
    """  # noqa: S608  (names of tables and columns)
