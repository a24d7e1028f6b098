"""What the shop sells, as it says itself. Read with every message, so each process remembers it for a while."""

from apps.accounts.models import Organisation
from apps.core.ttl_cache import TTLCache
from apps.customer_service.staff.settings import DESK_SETTINGS
from domain.text.understanding.products import ProductNames

_products = TTLCache[ProductNames](seconds=5)


def products_of(organisation: Organisation) -> ProductNames:
    return _products.get(organisation.pk, lambda: ProductNames.of(DESK_SETTINGS.read(organisation).products))
