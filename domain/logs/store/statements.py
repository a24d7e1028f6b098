"""The queries, written once for DuckDB and ClickHouse. Every value is bound; nothing of a person's stands in their text."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from domain.logs.store.filters import Filters
from domain.logs.store.record_columns import STORED_SCHEMA
from domain.logs.store.templates import TIME, Layout
from domain.logs.store.text_search import Condition, Shape, Shapes, TextPlan
from domain.logs.store.time_text import MONTHS, WIDTHS, covered_pieces, positions, time_pieces

DUCKDB, CLICKHOUSE = "duckdb", "clickhouse"
RECORD_COLUMNS = tuple(name for name in STORED_SCHEMA.names if name != "organisation")
MAX_LISTED = 20
NEWEST_FIRST = ("time_ms", "time_us", "arrival")


@dataclass(slots=True)
class Bindings:
    """Values by the names that stand for them in a statement."""

    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: str | int | Sequence[str] | Sequence[int]) -> exp.Placeholder:
        name = f"v{len(self.values)}"
        if isinstance(value, str | int):
            kind = "String" if isinstance(value, str) else "Int64"
        else:
            kind = "Array(Int64)" if value and isinstance(value[0], int) else "Array(String)"
        self.values[name] = value if isinstance(value, str | int) else list(value)
        return exp.Placeholder(this=name, kind=kind)


def select_newest(table: exp.Expr, where: exp.Expr, limit: int) -> exp.Select:
    """Which records are the newest: the columns to sort by alone, since only few of the others have to be read."""
    order = [exp.column(name).desc() for name in NEWEST_FIRST]
    return exp.select("source", *NEWEST_FIRST).from_(table).where(where).order_by(*order).limit(limit)


def select_latest(table: exp.Expr, where: exp.Expr, limit: int) -> exp.Select:
    order = [exp.column(name).desc() for name in NEWEST_FIRST]
    return exp.select(*RECORD_COLUMNS).from_(table).where(where).order_by(*order).limit(limit)


def select_arrivals(table: exp.Expr, where: exp.Expr, limit: int) -> exp.Select:
    """In the order in which they were stored."""
    return (
        exp.select(*RECORD_COLUMNS)
        .from_(table)
        .where(where)
        .order_by(exp.column("arrival").asc())
        .limit(limit)
    )


def select_columns(table: exp.Expr, where: exp.Expr, columns: Sequence[str], limit: int) -> exp.Select:
    """In the order of their time."""
    order = [exp.column(name).asc() for name in NEWEST_FIRST]
    return exp.select(*columns).from_(table).where(where).order_by(*order).limit(limit)


def count_records(table: exp.Expr, where: exp.Expr, column: str, bucket_ms: int, limit: int) -> exp.Select:
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


def count_values(table: exp.Expr, where: exp.Expr, value: exp.Expr, limit: int) -> exp.Select:
    """Records by value, the most frequent first, behind those that have none; beside each all records and values."""
    count, column = exp.Count(this=exp.Star()), exp.column("value")
    is_missing = exp.Is(this=column, expression=exp.Null())
    return (
        exp.select(
            exp.alias_(value, "value"),
            exp.alias_(count, "records"),
            exp.alias_(exp.Window(this=exp.Sum(this=count.copy())), "all_records"),
            exp.alias_(exp.Window(this=exp.Count(this=exp.Star())), "all_values"),
        )
        .from_(table)
        .where(where)
        .group_by("value")
        .order_by(exp.Ordered(this=is_missing, desc=True), exp.column("records").desc(), "value")
        .limit(limit)
    )


def matches_filters(
    filters: Filters, plan: TextPlan | None, bindings: Bindings, *, is_shared_table: bool = True
) -> exp.Expr:
    """What a record has to fulfil. A table made of an organisation's own files needs no question whose its records are."""
    conditions: list[exp.Expr] = []
    choices = {**filters.fields(), "template": filters.templates}
    if is_shared_table:
        conditions.append(_equals(exp.column("organisation"), filters.organisation, bindings))
        choices["source"] = filters.sources
    conditions += [_is_one(column, values, bindings) for column, values in choices.items() if values]
    for bound, is_since in ((filters.since, True), (filters.until, False)):
        if bound is not None:
            conditions.append(_is_before(bound, bindings, is_reversed=is_since))
    if filters.before:
        conditions.append(_is_beyond(*filters.before, bindings, is_newer=False))
    if filters.after:
        conditions.append(_is_beyond(*filters.after, bindings, is_newer=True))
    for parameter in filters.parameters:
        conditions.append(_equals(exp.column(f"p{parameter.position}"), parameter.value, bindings))
    if plan:
        conditions.append(holds_text(plan, bindings))
    return exp.and_(*conditions) if conditions else exp.true()


def is_after_arrival(source: str, arrival: int, bindings: Bindings) -> exp.Expr:
    return exp.and_(
        _equals(exp.column("source"), source, bindings),
        exp.GT(this=exp.column("arrival"), expression=bindings.bind(arrival)),
    )


def is_listed(
    times_ms: Sequence[int], arrivals: Sequence[int], templates: Sequence[str], bindings: Bindings
) -> exp.Expr:
    """Records by number. Of a few times a database knows which row groups hold none; more are looked up by a join.

    Where they are all of some templates, that spares it the other columns of most records, which a join does not.
    """
    conditions = [_is_one("template", templates, bindings)] if templates else []
    for name, values in (("time_ms", times_ms), ("arrival", arrivals)):
        column = exp.column(name)
        if len(values) <= MAX_LISTED:
            conditions.append(exp.In(this=column, expressions=[bindings.bind(value) for value in values]))
        else:
            choices = exp.select(exp.Explode(this=bindings.bind(values)))
            conditions.append(exp.In(this=column, query=exp.Subquery(this=choices)))
    return exp.and_(*conditions)


def holds_text(plan: TextPlan, bindings: Bindings) -> exp.Expr:
    """Records whose text, put together, holds the searched one."""
    searched = Condition("", "holds", plan.text)
    ways: list[exp.Expr] = [
        _fulfils(conditions, shapes, plan, bindings) for conditions, shapes in plan.alternatives.items()
    ]
    ways += [_fits(exp.column(slot), searched, plan, bindings) for slot in plan.slots]
    for layout_id, names in plan.fields.items():
        layout = plan.layouts[layout_id]
        fields = [_matches(replace(searched, column=name), layout, plan, bindings) for name in names]
        if fields:
            ways.append(exp.and_(_equals(exp.column("layout"), layout_id, bindings), exp.or_(*fields)))
    for shape in plan.ambiguous:
        around = shape.layout.id if shape.layout else None
        is_shape = _is_shape(around, [shape.template], bindings, is_rare=False)
        ways.append(exp.and_(is_shape, _fits(_whole_text(shape, bindings), searched, plan, bindings)))
    is_raw = _fits(exp.column("raw"), searched, plan, bindings)
    if not ways:
        return is_raw
    is_in_pieces = exp.Is(this=exp.column("raw"), expression=exp.Null())
    return exp.or_(is_raw, exp.and_(is_in_pieces, exp.or_(*ways)))


def _fulfils(
    conditions: tuple[Condition, ...], shapes: Shapes, plan: TextPlan, bindings: Bindings
) -> exp.Expr:
    ways = []
    # A written time depends on its layout, so the layouts stand apart.
    for layout_id, templates in shapes.items():
        layout = plan.layouts[layout_id] if layout_id else None
        parts = [_matches(condition, layout, plan, bindings) for condition in conditions]
        ways.append(exp.and_(*parts, _is_shape(layout_id, templates, bindings, is_rare=bool(parts))))
    return exp.or_(*ways)


def _matches(condition: Condition, layout: Layout | None, plan: TextPlan, bindings: Bindings) -> exp.Expr:
    if condition.column == TIME and layout:
        return _time_matches(condition, layout, bindings)
    # What is missing is written as nothing. Only where nothing is looked for does that cost a branch for every record.
    column = exp.column(condition.column) if condition.text else _text_or_empty(condition.column)
    return _fits(column, condition, plan, bindings)


def _fits(column: exp.Expr, condition: Condition, plan: TextPlan, bindings: Bindings) -> exp.Expr:
    """Of a whole value the pattern decides; most records are ruled out by the plain text, in a fraction of its time."""
    column = column if plan.minds_capitals else exp.Lower(this=column)
    text = bindings.bind(condition.text)
    if condition.match == "holds":
        place = exp.StrPosition(this=column, substr=text)
        is_there: exp.Expr = exp.GT(this=place, expression=exp.Literal.number(0))
    else:
        match = {"starts": exp.StartsWith, "ends": exp.EndsWith, "equals": exp.EQ}[condition.match]
        is_there = match(this=column, expression=text)
    if plan.whole is None:
        return is_there
    pattern = bindings.bind(plan.whole.pattern(condition.text, condition.match))
    return exp.and_(is_there, exp.RegexpLike(this=column.copy(), expression=pattern))


def _is_shape(
    layout_id: str | None, templates: Sequence[str], bindings: Bindings, *, is_rare: bool
) -> exp.Expr:
    """Behind conditions that few records fulfil a list is looked through; a join would be made for every record."""
    layout, template = exp.column("layout"), exp.column("template")
    is_layout = (
        _equals(layout, layout_id, bindings) if layout_id else exp.Is(this=layout, expression=exp.Null())
    )
    if is_rare and len(templates) > 1:
        return exp.and_(is_layout, exp.ArrayContains(this=bindings.bind(templates), expression=template))
    return exp.and_(is_layout, _is_one("template", templates, bindings))


def _time_matches(condition: Condition, layout: Layout, bindings: Bindings) -> exp.Expr:
    """Arithmetic on the time: writing every record's would take ten times as long."""
    ways = []
    for place in positions(layout.time_format, condition.text, condition.match):
        parts = [
            _piece_matches(piece, first, characters, layout, bindings)
            for piece, first, characters in covered_pieces(layout.time_format, condition.text, place)
            if piece in WIDTHS
        ]
        ways.append(exp.and_(*parts) if parts else exp.true())
    return exp.or_(*ways) if ways else exp.false()


def _piece_matches(piece: str, first: int, characters: str, layout: Layout, bindings: Bindings) -> exp.Expr:
    """The directive's number has these digits, from its digit `first` on."""
    value, end = exp.Paren(this=_time_value(piece, layout)), first + len(characters)
    if piece in {"%b", "%e"}:
        names = MONTHS if piece == "%b" else [f"{day:2d}" for day in range(1, 32)]
        numbers = [number for number, name in enumerate(names, start=1) if name[first:end] == characters]
        return exp.In(this=value, expressions=[exp.Literal.number(number) for number in numbers or [0]])
    quotient = exp.IntDiv(this=value, expression=exp.Literal.number(10 ** (WIDTHS[piece] - end)))
    digits = exp.Mod(this=exp.Paren(this=quotient), expression=exp.Literal.number(10 ** len(characters)))
    return exp.EQ(this=digits, expression=bindings.bind(int(characters)))


def _time_value(piece: str, layout: Layout) -> exp.Expr:
    number = exp.Literal.number
    local_ms = exp.Paren(
        this=exp.Add(this=exp.column("time_ms"), expression=number(layout.zone_minutes * 60_000))
    )
    calendar = {"%Y": exp.Year, "%m": exp.Month, "%b": exp.Month, "%d": exp.Day, "%e": exp.Day}
    if piece in calendar:
        microseconds = exp.Mul(this=local_ms, expression=number(1000))
        return calendar[piece](this=exp.UnixToTime(this=microseconds, scale=number(6)))
    if piece == "%6f":
        milliseconds = exp.Paren(this=exp.Mod(this=local_ms, expression=number(1000)))
        return exp.Add(
            this=exp.Mul(this=milliseconds, expression=number(1000)), expression=exp.column("time_us")
        )
    if piece == "%s":
        return exp.IntDiv(this=exp.column("time_ms"), expression=number(1000))
    unit, count = {"%H": (3_600_000, 24), "%M": (60_000, 60), "%S": (1000, 60), "%3f": (1, 1000)}[piece]
    units = exp.IntDiv(this=local_ms, expression=number(unit)) if unit > 1 else local_ms
    return exp.Mod(this=exp.Paren(this=units), expression=number(count))


def _whole_text(shape: Shape, bindings: Bindings) -> exp.Expr:
    pieces: list[exp.Expr] = [bindings.bind(shape.constants[0])]
    for name, constant in zip(shape.columns, shape.constants[1:], strict=True):
        if name == TIME and shape.layout:
            pieces.append(_time_text(shape.layout, bindings))
        else:
            pieces.append(_text_or_empty(name))
        pieces.append(bindings.bind(constant))
    return _concatenate(pieces)


def _text_or_empty(column: str) -> exp.Expr:
    return exp.Coalesce(this=exp.column(column), expressions=[exp.Literal.string("")])


def _time_text(layout: Layout, bindings: Bindings) -> exp.Expr:
    pieces: list[exp.Expr] = [exp.Literal.string("")]
    for piece, _ in time_pieces(layout.time_format):
        if piece not in WIDTHS:
            pieces.append(bindings.bind(piece))
        elif piece == "%b":
            first = exp.Literal.number(len(MONTHS[0]))
            month = exp.Sub(
                this=exp.Mul(this=exp.Paren(this=_time_value(piece, layout)), expression=first),
                expression=exp.Literal.number(2),
            )
            pieces.append(
                exp.Substring(this=exp.Literal.string("".join(MONTHS)), start=month, length=first.copy())
            )
        else:
            text = exp.cast(exp.Paren(this=_time_value(piece, layout)), "text")
            fill, width = exp.Literal.string(" " if piece == "%e" else "0"), exp.Literal.number(WIDTHS[piece])
            pieces.append(exp.Pad(this=text, expression=width, fill_pattern=fill, is_left=True))
    return _concatenate(pieces)


def _concatenate(pieces: Sequence[exp.Expr]) -> exp.Expr:
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = exp.DPipe(this=whole, expression=piece)
    return exp.Paren(this=whole)


def _equals(column: exp.Expr, value: str, bindings: Bindings) -> exp.Expr:
    return exp.EQ(this=column, expression=bindings.bind(value))


def _is_one(column: str, values: Sequence[str], bindings: Bindings) -> exp.Expr:
    if len(values) == 1:
        return _equals(exp.column(column), values[0], bindings)
    choices = exp.select(exp.Explode(this=bindings.bind(values)))
    return exp.In(this=exp.column(column), query=exp.Subquery(this=choices))


def _is_beyond(moment: int, arrival: int, bindings: Bindings, *, is_newer: bool) -> exp.Expr:
    """Behind a record in a list of the newest: older, or of the same microsecond and stored before it. Or ahead of it."""
    ms, us = divmod(moment, 1000)
    is_same = [
        exp.EQ(this=exp.column(name), expression=bindings.bind(value))
        for name, value in (("time_ms", ms), ("time_us", us))
    ]
    compare = exp.GT if is_newer else exp.LT
    is_beyond = compare(this=exp.column("arrival"), expression=bindings.bind(arrival))
    is_other_time = _is_before(moment + is_newer, bindings, is_reversed=is_newer)
    return exp.or_(is_other_time, exp.and_(*is_same, is_beyond))


def _is_before(moment: int, bindings: Bindings, *, is_reversed: bool) -> exp.Expr:
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
