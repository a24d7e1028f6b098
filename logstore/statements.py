"""The queries, written once for DuckDB and ClickHouse. Every value is bound; nothing of a person's stands in their text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from logstore.filters import Filters
from logstore.record_columns import STORED_SCHEMA
from logstore.templates import TIME, Layout
from logstore.text_search import Condition, Shape, Shapes, TextPlan

Dialect = str
DUCKDB, CLICKHOUSE = "duckdb", "clickhouse"
RECORD_COLUMNS = tuple(name for name in STORED_SCHEMA.names if name != "organisation")
NEWEST_FIRST = ("time_ms", "time_us", "arrival")


@dataclass(slots=True)
class Bindings:
    """Values by the names that stand for them in a statement."""

    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: str | int | Sequence[str]) -> exp.Placeholder:
        name = f"v{len(self.values)}"
        kind = "String" if isinstance(value, str) else "Int64" if isinstance(value, int) else "Array(String)"
        self.values[name] = value if isinstance(value, str | int) else list(value)
        return exp.Placeholder(this=name, kind=kind)


def segment_table(paths: Sequence[str], bindings: Bindings) -> exp.Expression:
    """Parquet files as DuckDB reads them."""
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[bindings.bind(paths)]))


def select_times(table: exp.Expression, where: exp.Expression, limit: int) -> exp.Select:
    """The newest milliseconds alone: with the last of them, the rest of the columns is read from few row groups."""
    return exp.select("time_ms").from_(table).where(where).order_by(exp.column("time_ms").desc()).limit(limit)


def select_latest(table: exp.Expression, where: exp.Expression, limit: int) -> exp.Select:
    order = [exp.column(name).desc() for name in NEWEST_FIRST]
    return exp.select(*RECORD_COLUMNS).from_(table).where(where).order_by(*order).limit(limit)


def select_arrivals(table: exp.Expression, where: exp.Expression, limit: int) -> exp.Select:
    """In the order in which they were stored."""
    return (
        exp.select(*RECORD_COLUMNS)
        .from_(table)
        .where(where)
        .order_by(exp.column("arrival").asc())
        .limit(limit)
    )


def count_records(
    table: exp.Expression, where: exp.Expression, column: str, bucket_ms: int, limit: int
) -> exp.Select:
    """Records by time and `column`: `bucket` is the first millisecond of each."""
    bucket = exp.IntDiv(this=exp.column("time_ms"), expression=exp.Literal.number(bucket_ms))
    start = exp.Mul(this=exp.Paren(this=bucket), expression=exp.Literal.number(bucket_ms))
    return (
        exp.select(exp.alias_(start, "bucket"), column, exp.alias_(exp.Count(this=exp.Star()), "records"))
        .from_(table)
        .where(where)
        .group_by("bucket", column)
        .order_by("bucket", column)
        .limit(limit)
    )


def matches_filters(filters: Filters, plan: TextPlan | None, bindings: Bindings) -> exp.Expression:
    """What a record has to fulfil."""
    conditions: list[exp.Expression] = [_equals(exp.column("organisation"), filters.organisation, bindings)]
    choices = {"source": filters.sources, **filters.fields(), "template": filters.templates}
    conditions += [_is_one(column, values, bindings) for column, values in choices.items() if values]
    for bound, is_since in ((filters.since, True), (filters.until, False)):
        if bound is not None:
            conditions.append(_is_before(bound, bindings, is_reversed=is_since))
    for parameter in filters.parameters:
        conditions.append(_equals(exp.column(f"p{parameter.position}"), parameter.value, bindings))
    if plan:
        conditions.append(holds_text(plan, bindings))
    return exp.and_(*conditions)


def is_after_arrival(source: str, arrival: int, bindings: Bindings) -> exp.Expression:
    return exp.and_(
        _equals(exp.column("source"), source, bindings),
        exp.GT(this=exp.column("arrival"), expression=bindings.bind(arrival)),
    )


def is_since_ms(time_ms: int, bindings: Bindings) -> exp.Expression:
    return exp.GTE(this=exp.column("time_ms"), expression=bindings.bind(time_ms))


def holds_text(plan: TextPlan, bindings: Bindings) -> exp.Expression:
    """Records whose text, put together, holds the searched one."""
    text = bindings.bind(plan.text)
    ways: list[exp.Expression] = [
        _fulfils(conditions, shapes, plan, bindings) for conditions, shapes in plan.alternatives.items()
    ]
    ways += [_holds(exp.column(slot), text) for slot in plan.slots]
    for layout_id, names in plan.fields.items():
        fields = [_holds(_column(name, plan.layouts[layout_id], bindings), text) for name in names]
        if fields:
            ways.append(exp.and_(_equals(exp.column("layout"), layout_id, bindings), exp.or_(*fields)))
    for shape in plan.ambiguous:
        is_shape = _is_shape({shape.layout.id if shape.layout else None: [shape.template]}, bindings)
        ways.append(exp.and_(is_shape, _holds(_whole_text(shape, bindings), text)))
    is_raw = _holds(exp.column("raw"), text)
    if not ways:
        return is_raw
    is_in_pieces = exp.Is(this=exp.column("raw"), expression=exp.Null())
    return exp.or_(is_raw, exp.and_(is_in_pieces, exp.or_(*ways)))


def _fulfils(
    conditions: tuple[Condition, ...], shapes: Shapes, plan: TextPlan, bindings: Bindings
) -> exp.Expression:
    ways = []
    # A written time depends on its layout, so the layouts stand apart.
    for layout_id, templates in shapes.items():
        layout = plan.layouts[layout_id] if layout_id else None
        parts = [_is_shape({layout_id: templates}, bindings)]
        for condition in conditions:
            column, text = _column(condition.column, layout, bindings), bindings.bind(condition.text)
            match = {"starts": exp.StartsWith, "ends": exp.EndsWith, "equals": exp.EQ}[condition.match]
            parts.append(match(this=column, expression=text))
        ways.append(exp.and_(*parts))
    return exp.or_(*ways)


def _is_shape(shapes: Shapes, bindings: Bindings) -> exp.Expression:
    ways = []
    for layout_id, templates in shapes.items():
        layout = exp.column("layout")
        is_layout = (
            _equals(layout, layout_id, bindings) if layout_id else exp.Is(this=layout, expression=exp.Null())
        )
        ways.append(exp.and_(is_layout, _is_one("template", templates, bindings)))
    return exp.or_(*ways)


def _whole_text(shape: Shape, bindings: Bindings) -> exp.Expression:
    pieces: list[exp.Expression] = [bindings.bind(shape.constants[0])]
    for name, constant in zip(shape.columns, shape.constants[1:], strict=True):
        pieces += [_column(name, shape.layout, bindings), bindings.bind(constant)]
    return _joined(pieces)


def _column(name: str, layout: Layout | None, bindings: Bindings) -> exp.Expression:
    """A record's value as it stands in its text, where what is missing is nothing."""
    if name == TIME and layout:
        return _written_time(layout, bindings)
    return exp.Coalesce(this=exp.column(name), expressions=[exp.Literal.string("")])


def _written_time(layout: Layout, bindings: Bindings) -> exp.Expression:
    pieces = [_time_piece(piece, layout, bindings) for piece in layout.time_pieces()]
    return _joined(pieces) if pieces else exp.Literal.string("")


def _time_piece(piece: str, layout: Layout, bindings: Bindings) -> exp.Expression:
    number = exp.Literal.number
    time_ms = exp.Paren(
        this=exp.Add(this=exp.column("time_ms"), expression=number(layout.zone_minutes * 60_000))
    )
    moment = exp.UnixToTime(this=exp.Mul(this=time_ms, expression=number(1000)), scale=number(6))
    if piece == "%M":
        minutes = exp.Paren(this=exp.IntDiv(this=time_ms, expression=number(60_000)))
        return _padded(exp.Mod(this=minutes, expression=number(60)), 2, "0")
    if piece == "%e":
        return _padded(exp.Day(this=moment), 2, " ")
    if piece == "%s":
        return exp.cast(exp.IntDiv(this=exp.column("time_ms"), expression=number(1000)), "text")
    milliseconds = exp.Mod(this=time_ms, expression=number(1000))
    if piece == "%3f":
        return _padded(milliseconds, 3, "0")
    if piece == "%6f":
        microseconds = exp.Mul(this=exp.Paren(this=milliseconds), expression=number(1000))
        return _padded(exp.Add(this=microseconds, expression=exp.column("time_us")), 6, "0")
    if "%" not in piece:
        return bindings.bind(piece)
    # A layout's format is checked when it is made: directives and what stands between, no quotation mark.
    return exp.TimeToStr(this=moment, format=exp.Literal.string(piece))


def _padded(value: exp.Expression, width: int, fill: str) -> exp.Expression:
    text = exp.cast(exp.Paren(this=value), "text")
    return exp.Pad(
        this=text, expression=exp.Literal.number(width), fill_pattern=exp.Literal.string(fill), is_left=True
    )


def _joined(pieces: Sequence[exp.Expression]) -> exp.Expression:
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = exp.DPipe(this=whole, expression=piece)
    return exp.Paren(this=whole)


def _holds(column: exp.Expression, text: exp.Expression) -> exp.Expression:
    return exp.GT(this=exp.StrPosition(this=column, substr=text.copy()), expression=exp.Literal.number(0))


def _equals(column: exp.Expression, value: str, bindings: Bindings) -> exp.Expression:
    return exp.EQ(this=column, expression=bindings.bind(value))


def _is_one(column: str, values: Sequence[str], bindings: Bindings) -> exp.Expression:
    if len(values) == 1:
        return _equals(exp.column(column), values[0], bindings)
    choices = exp.select(exp.Explode(this=bindings.bind(values)))
    return exp.In(this=exp.column(column), query=exp.Subquery(this=choices))


def _is_before(moment: int, bindings: Bindings, *, is_reversed: bool) -> exp.Expression:
    """Before `moment`, or not before it. The milliseconds alone decide nearly everything, and rule out row groups."""
    ms, us = divmod(moment, 1000)
    compare_ms, compare_us = (exp.GT, exp.GTE) if is_reversed else (exp.LT, exp.LT)
    border = exp.GTE if is_reversed else exp.LTE
    return exp.and_(
        border(this=exp.column("time_ms"), expression=bindings.bind(ms)),
        exp.or_(
            compare_ms(this=exp.column("time_ms"), expression=bindings.bind(ms)),
            compare_us(this=exp.column("time_us"), expression=bindings.bind(us)),
        ),
    )
