from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.accounts.admin_words import error_codes
from apps.inference.models import ContractResult, Endpoint, InferenceCall, PromptVersion, Quota
from apps.inference.prompt_catalogue import prompt_titles

register(
    Table(
        Endpoint,
        _("Endpoints"),
        "name purpose model is_enabled priority",
        "url provider context_tokens max_concurrency first_token_seconds input_price output_price cached_input_price "
        "created_at",
        search=("name", "model"),
        editable=(
            "is_enabled",
            "priority",
            "max_concurrency",
            "input_price",
            "output_price",
            "cached_input_price",
        ),
        is_named=True,
    ),
    Table(
        InferenceCall,
        _("Calls"),
        "purpose model status input_tokens output_tokens latency_ms created_at",
        "endpoint member api_key job prompt_name reasoning_tokens cached_tokens is_estimated cost waited_ms "
        "first_token_ms error_code",
        codes={"error_code": error_codes, "prompt_name": prompt_titles},
    ),
    Table(
        Quota,
        _("Quotas"),
        "metric window soft_limit hard_limit member api_key",
        editable=("soft_limit", "hard_limit"),
        is_named=True,
    ),
    Table(ContractResult, _("Capability checks"), "endpoint model created_at", "provider job"),
    tab=_("Models"),
)
register(
    Table(
        PromptVersion,
        _("Prompt versions"),
        "prompt number state created_at",
        "author approver decided_at",
        codes={"prompt": prompt_titles},
    ),
    tab=_("Operations"),
)
