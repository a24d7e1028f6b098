"""What an order was worth, as a page of thanks says it: only what the shop's server has signed counts.

Everybody who got a message knows the address of their exposure, and could write any amount behind it.
"""

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from apps.marketing.experiments.event_rows import MAX_REVENUE
from apps.marketing.experiments.models import Exposure, LeftOutRevenue
from apps.marketing.experiments.order_settings import ORDER_SETTINGS

MAX_ORDER_CHARACTERS = 60
Reason = LeftOutRevenue.Reason


@dataclass(frozen=True)
class OrderValue:
    """`key` counts it once. `left_out`: why the amount that was `claimed` does not count; empty where it does."""

    key: str
    revenue: float = 0.0
    left_out: str = ""
    claimed: float = 0.0


def order_signature(key: str, exposure_id: UUID, order: str, value: str) -> str:
    """Of the texts as they stand in the address, each on a line of its own."""
    return hmac.digest(key.encode(), f"{exposure_id}\n{order}\n{value}".encode(), "sha256").hex()


def read_order(exposure: Exposure, query: Mapping[str, str]) -> OrderValue:
    """One conversion of the exposure without a value, or an order that was signed."""
    order, value, signature = (query.get(name, "") for name in ("order", "value", "signature"))
    conversion, amount = f"pixel:{exposure.pk}:conversion", _amount(value)
    if not signature:
        return OrderValue(conversion, left_out=Reason.UNSIGNED if value else "", claimed=amount or 0.0)
    chosen = ORDER_SETTINGS.read(exposure.organisation)
    expected = order_signature(chosen.signing_key, exposure.pk, order, value)
    is_signed = hmac.compare_digest(signature.encode(), expected.encode())
    if (
        amount is None
        or not is_signed
        or not 0 < len(order) <= MAX_ORDER_CHARACTERS
        or not order.isprintable()
    ):
        return OrderValue(conversion, left_out=Reason.BAD_SIGNATURE, claimed=amount or 0.0)
    key = f"order:{exposure.pk}:{order}"
    if amount > chosen.max_order_value:
        return OrderValue(key, left_out=Reason.TOO_LARGE, claimed=amount)
    return OrderValue(key, revenue=amount)


def _amount(value: str) -> float | None:
    """None for what is no amount; at most what any event may say."""
    try:
        amount = float(value)
    except ValueError:
        return None
    return min(amount, MAX_REVENUE) if math.isfinite(amount) and amount >= 0 else None
