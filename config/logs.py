"""JSON logs in which every line carries its request, job and organisation."""

from typing import Any


def logging_config(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "context": {"()": "apps.core.context.LogContext"},
            "secrets": {"()": "apps.core.log_secrets.SecretsHidden"},
        },
        "formatters": {
            "json": {
                "()": "apps.core.log_format.WordlessFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["context", "secrets"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "uvicorn.error": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
        },
    }
