"""What records can be counted by: a field, a part of the calendar, or the values of one type in their parameters.

An address or a path is known by its form, wherever it stands; who did something by the words before it in the template.
"""

from collections.abc import Iterable

from sqlglot import exp

from domain.logs.store.record_columns import SLOTS
from domain.logs.store.statements import Bindings
from domain.logs.store.templates import TAIL, Catalogue, Template
from domain.logs.store.value_types import PERIOD_MS, Period, ValueType
from llm_backend import patterns

Literal = exp.Literal
_SLOT = "\x11"
# In RE2's words, which DuckDB and ClickHouse share.
_FORMS = {
    "ip": r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
    r"|(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F:]{0,30}",
    "path": r"^(?:[a-z]{2,8}://[^/\s?#]+)?(?:~|\.{1,2})?/[A-Za-z_.%~\-][^?#\s]*",
}
_USER = patterns.compile(
    rf"(?:\b(?:user[ _]?name|user_?id|user|logname|account(?: name)?)\b[ \t=:'\"]{{1,4}}"
    rf"|\b(?:password|publickey) for (?:invalid user )?"
    rf"|(?:用户(?:名|编号|id)?|账号|帐号|账户)[ =:：'\"“「【\[]{{0,3}}){_SLOT}"
    r"|(?:\buser=|\b(?:password|publickey) for (?!invalid user)|\bfor user )"
    r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,31})(?![\w.-])",
    patterns.IGNORECASE,
)


def value_column(value_type: ValueType, catalogue: Catalogue, bindings: Bindings) -> exp.Expr:
    """The first value of this type in a record; nothing where it has none."""
    if value_type is ValueType.USER:
        return _user_column(catalogue.templates.values(), bindings)
    slots = max((len(each.stored_constants) - 1 for each in catalogue.templates.values()), default=0)
    form = bindings.bind(_FORMS[value_type])
    pieces = [_found(name, form) for name in (*SLOTS[:slots], TAIL, "raw")]
    return exp.Coalesce(this=pieces[0], expressions=pieces[1:])


def period_column(period: Period, zone_ms: int) -> exp.Expr:
    """Hours or days since 1970, on clocks that are `zone_ms` ahead of UTC."""
    local = exp.Paren(this=exp.Add(this=exp.column("time_ms"), expression=Literal.number(zone_ms)))
    return exp.IntDiv(this=local, expression=Literal.number(PERIOD_MS[period]))


def _found(column: str, form: exp.Expr) -> exp.Expr:
    # Both databases know it by this name.
    match = exp.Anonymous(
        this="regexp_extract", expressions=[exp.column(column), form.copy(), Literal.number(0)]
    )
    return exp.Nullif(this=match, expression=Literal.string(""))


def _user_column(templates: Iterable[Template], bindings: Bindings) -> exp.Expr:
    by_place: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for template in templates:
        text = _SLOT.join(template.stored_constants)
        if match := _USER.search(text):
            if match["name"]:
                by_name.setdefault(match["name"], []).append(template.id)
            else:
                by_place.setdefault(SLOTS[text.count(_SLOT, 0, match.end()) - 1], []).append(template.id)
    ways = [_way(ids, exp.column(slot), bindings) for slot, ids in by_place.items()]
    ways += [_way(ids, bindings.bind(name), bindings) for name, ids in by_name.items()]
    return exp.Case(ifs=ways) if ways else exp.cast(exp.Null(), "text")


def _way(templates: list[str], value: exp.Expr, bindings: Bindings) -> exp.If:
    is_one = exp.ArrayContains(this=bindings.bind(templates), expression=exp.column("template"))
    return exp.If(this=is_one, true=value)
