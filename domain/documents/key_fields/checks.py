"""What of a page's key fields code can check: calendars, check digits, sums. What is not named here was not checked."""

from collections.abc import Mapping

from domain.documents.key_fields.forms import CHECKS, birth_in, day_of, money_of
from domain.documents.key_fields.lines import Found
from domain.documents.key_fields.schemas import Field

# Schema → amounts that add up to the last one; with a minus they are taken away.
SUMS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "receipt": (("paid", "-change"), "total"),
    "invoice": (("amount", "tax"), "total"),
}
# Older tax numbers have 15 to 20 characters, and none to check them by.
CREDIT_CODE_LENGTH = 18


def check(schema: str, fields: tuple[Field, ...], found: Mapping[str, Found]) -> dict[str, bool]:
    """By field, whether it is right. A field that could not be checked is left out."""
    results = {}
    for field in fields:
        if field.name in found and field.form in CHECKS:
            value = found[field.name].value
            if field.form != "tax_number" or len(value) == CREDIT_CODE_LENGTH:
                results[field.name] = CHECKS[field.form](value)
    results |= _sum(schema, found)
    if schema == "id_card" and results.get("number"):
        results |= _held_to_number(found)
    return results


def _sum(schema: str, found: Mapping[str, Found]) -> dict[str, bool]:
    parts, total = SUMS.get(schema, ((), ""))
    names = [*(part.removeprefix("-") for part in parts), total]
    amounts = [money_of(found[name].value) if name in found else None for name in names]
    known = [amount for amount in amounts if amount is not None]
    if not parts or len(known) < len(names):
        return {}
    signed = (-amount if part.startswith("-") else amount for part, amount in zip(parts, known, strict=False))
    return dict.fromkeys(names, sum(signed) == known[-1])


def _held_to_number(found: Mapping[str, Found]) -> dict[str, bool]:
    """An identity number says day of birth and sex, too."""
    number, results = found["number"].value, {}
    if "birth" in found:
        results["birth"] = day_of(found["birth"].value) == birth_in(number)
    if "sex" in found:
        results["sex"] = found["sex"].value[:1] == ("男" if int(number[16]) % 2 else "女")
    return results
