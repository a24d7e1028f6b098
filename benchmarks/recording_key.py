"""Who records in a measurement, made by the platform's own services."""

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.inference import endpoints
from benchmarks.shop import owner


def make_key() -> str:
    endpoints.ensure_default_endpoints()
    user = User.objects.create_user("bench@kongming.example", None)
    accounts.create_organisation(name="Bench", slug="bench", owner=user)
    return accounts.create_api_key(owner(), name="bench", scopes=sorted(owner().permissions)).token
