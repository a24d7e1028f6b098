"""What the shop chose about understanding. Read with every message, so each process remembers it for a while."""

from apps.accounts.models import Organisation
from apps.core.ttl_cache import TTLCache
from apps.customer_service.staff.models import DeskSettings
from domain.text.understanding.products import ProductNames

_products = TTLCache[ProductNames](seconds=5)


def products_of(organisation: Organisation) -> ProductNames:
    def load() -> ProductNames:
        lines = DeskSettings.objects.within(organisation).values_list("products", flat=True).first()
        return ProductNames.of(lines or ())

    return _products.get(organisation.pk, load)


def asks_model_when_unsure(organisation: Organisation) -> bool:
    """Unless the shop said no."""
    chosen = DeskSettings.objects.within(organisation).values_list("asks_model_when_unsure", flat=True)
    return all(chosen)
