"""Django's settings, all derived from `config.env.Env`."""

import django_stubs_ext

from apps.core import desks, languages
from config import log_senders
from config.dashboard import DASHBOARD
from config.database import database_from_url
from config.env import PROJECT_ROOT, Env, origin_of
from config.logs import logging_config
from config.mail import mail_settings
from config.speech import speech_settings
from llm_backend import addresses

# Lets generic Django classes such as ModelForm[Channel] be named at run time too.
django_stubs_ext.monkeypatch()

env = Env()

STATE_DIR = env.kongming_state_dir.expanduser().resolve()
SECRET_KEY = env.secret_key.get_secret_value()
FIELD_KEYS = [key.get_secret_value() for key in env.field_keys]
DEBUG = env.debug
ALLOWED_HOSTS = env.served_hosts
HAS_PROXY = bool(env.public_url)
PUBLIC_URL = env.public_url or f"http://{env.host}:{env.port}"
CSRF_TRUSTED_ORIGINS = [env.public_url] if env.public_url else []

INSTALLED_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.audit",
    "apps.analytics",
    "apps.vault",
    "apps.privacy",
    "apps.jobs",
    "apps.inference",
    "apps.capacity",
    "apps.knowledge",
    "apps.speech",
    "apps.evaluation",
    *(desk.app for desk in desks.all_desks()),
    "apps.observability",
    "apps.dashboards",
    "apps.operations",
    "apps.portal",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "apps.accounts.admin_config.OperatorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "apps.core.middleware.request_metrics",
    "apps.core.middleware.request_context",
    "apps.core.middleware.never_stored",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.middleware.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.session_rules",
    "apps.dashboards.clocks.organisation_clocks",
    "apps.core.middleware.application_errors",
    *(middleware for desk in desks.all_desks() for middleware in desk.middleware),
    "apps.core.middleware.spooled_exports",
    # Last: it calls the view itself, so middleware behind it would not be asked about the view.
    "apps.jobs.idempotency.idempotent_requests",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.portal.context.shell",
            ],
        },
    }
]

DATABASES = {"default": database_from_url(env.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis_url
CACHES = {
    "default": {
        "BACKEND": "apps.core.redis_cache.RedisCache",
        "LOCATION": env.redis_url,
        "KEY_PREFIX": "cache",
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    *(["apps.accounts.ldap_directory.LdapBackend"] if env.ldap_url else []),
]
PASSWORD_HASHERS = [
    "apps.accounts.password_hasher.Argon2idHasher",
    # Of passwords that were set before; whoever signs in with one gets the first.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LDAP_URL = env.ldap_url
LDAP_BIND_DN = env.ldap_bind_dn
LDAP_BIND_PASSWORD = env.ldap_bind_password.get_secret_value()
LDAP_USERS = env.ldap_users
LDAP_GROUPS = env.ldap_groups
LDAP_CA_FILE = env.ldap_ca_file
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.ContextWordsValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# By itself the address of the site, which for many is an IP address.
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Kongming] "
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Django's own is three days, which is long for a link in a mailbox that others may read.
PASSWORD_RESET_TIMEOUT = 3600
# Office networks share an address: sign-ins that succeed are no reason to turn the next colleague away.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "5/5m/key"}
SIGN_IN_FAILURES = {"browser": "5/5m", "account_in_network": "5/5m", "account": "50/h", "network": "100/10m"}
MFA_ADAPTER = "apps.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Kongming"
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "apps.accounts.single_sign_on.SingleSignOnProvider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": "SSO",
                "client_id": env.oidc_client_id,
                "secret": env.oidc_client_secret.get_secret_value(),
                "settings": {"server_url": env.oidc_issuer},
            }
        ]
        if env.oidc_issuer
        else [],
    }
}
OIDC_GROUPS_CLAIM = env.oidc_groups_claim
SOCIALACCOUNT_ADAPTER = "apps.accounts.adapters.SingleSignOnAdapter"
# The operator chose the issuer, so an address it has verified is the person who has that address here.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SIGNUP_OPEN = env.signup_open

# A cookie of this name is believed from this host over TLS alone: no other subdomain can plant one.
COOKIE_PREFIX = "__Host-" if env.has_tls else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.has_tls
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = env.session_hours * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = False
# A year. Without TLS it would lock people out of their own installation.
SECURE_HSTS_SECONDS = 31536000 if env.has_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.has_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.trusted_proxies else None
TRUSTED_PROXIES = env.trusted_proxies
METRICS_TOKEN = env.metrics_token.get_secret_value()
CSRF_FAILURE_VIEW = "apps.core.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # Browsers apply form-action to the redirect after a form too: single sign-on starts with one.
        "form-action": ["'self'", *([origin_of(env.oidc_issuer)] if env.oidc_issuer else [])],
    }
}

LANGUAGE_CODE = env.language_code
LANGUAGES = languages.CHOICES
LOCALE_PATHS = [PROJECT_ROOT / "locale"]
TIME_ZONE = env.time_zone
USE_TZ = True

WEB_THREADS = env.web_threads
TRANSFERS_PER_ADDRESS = env.transfers_per_address
INTERACTIVE_THREADS = env.interactive_threads
BACKGROUND_PROCESSES = env.background_processes
SPEECH_PROCESSES = env.speech_processes
VOICE_PROCESSES = env.voice_processes
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [PROJECT_ROOT / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STATE_DIR / "uploads"},
    },
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
ORGANISATION_DELETION_DAYS = env.organisation_deletion_days
UPLOAD_MAX_BYTES = env.upload_max_mb * 1024 * 1024
ATTACHMENT_MAX_BYTES = env.attachment_max_mb * 1024 * 1024
RECORDING_MAX_BYTES = env.recording_max_mb * 1024 * 1024
LOG_FILE_MAX_BYTES = env.log_file_max_mb * 1024 * 1024
LOG_UNPACKED_MAX_BYTES = env.log_unpacked_max_mb * 1024 * 1024
LOG_WAITING_MAX_BYTES = env.log_waiting_max_mb * 1024 * 1024
LOG_BATCH_MAX_BYTES = 8 * 1024 * 1024
LOG_BATCH_MAX_UNPACKED_BYTES = 64 * 1024 * 1024
SYSLOG_ADDRESS = log_senders.listening_address(env.syslog_address)
SYSLOG_TLS_ADDRESS = log_senders.listening_address(env.syslog_tls_address)
SYSLOG_TLS_FILE = env.syslog_tls_file
SYSLOG_MAX_CONNECTIONS = env.syslog_max_connections
SYSLOG_MAX_CONNECTIONS_PER_ADDRESS = env.syslog_max_connections_per_address
SYSLOG_SENDERS = log_senders.sender_networks(env.syslog_senders)
LOG_STORE_URL = env.log_store_url
LOG_QUERY_URL = env.log_query_url.get_secret_value()
LOG_FOLDERS = log_senders.allowed_folders(env.log_folders)
DOCUMENT_FOLDERS = log_senders.allowed_folders(env.document_folders)
STORAGE_RESERVE_BYTES = env.storage_reserve_mb * 1024 * 1024
ORGANISATION_STORAGE_BYTES = env.organisation_storage_mb * 1024 * 1024
CONVERSATION_STORAGE_BYTES = env.conversation_storage_mb * 1024 * 1024
VISITOR_STORAGE_BYTES = env.visitor_storage_mb * 1024 * 1024
VISITOR_UPLOAD_BYTES_PER_HOUR = env.visitor_upload_mb_per_hour * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Of a request without its files: it is held in memory whole.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MESSAGE_MAX_CHARACTERS = env.message_max_characters

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.ApiKeyAuthentication",
        "apps.accounts.authentication.PortalSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.access.HasPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.api.ActorThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.error_response",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
}
REQUESTS_PER_MINUTE = {
    "actor": 6000,
    "visitor": 60,
    "visitor_start": env.visitor_starts_per_minute,
    "visitor_upload": 20,
}
UNFOLD = DASHBOARD
SPECTACULAR_SETTINGS = {
    "TITLE": "Kongming API",
    "VERSION": "1",
    "DESCRIPTION": (PROJECT_ROOT / "config" / "api_description.md").read_text(encoding="utf-8"),
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.jobs.openapi.document_idempotency_keys",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Exported records are described by pydantic, which says null as 3.1 does.
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "apps.core.languages.CHOICES",
        "JobStateEnum": "apps.jobs.models.Job.State",
        "RoleEnum": "apps.accounts.permissions.role_choices",
        "SpokenLanguageEnum": "apps.speech.models.SpokenLanguage",
        "AnswerVerdictEnum": "apps.evaluation.models.EvaluationAnnotation.Verdict",
        "ComparisonVerdictEnum": "apps.evaluation.comparison.ORDER",
        "JudgePreferenceEnum": "apps.evaluation.models.EvaluationVerdict.Preference",
        "WebhookEventEnum": "apps.jobs.webhook_events.choices",
        **{name: choices for desk in desks.all_desks() for name, choices in desk.api_enum_names.items()},
    },
}

LLM_ENDPOINT = env.llm_endpoint
# The default and not LLM_MODEL: it tells whether an endpoint is our small model or one that somebody chose.
EMBEDDED_MODEL = Env.model_fields["llm_model"].default
LLM_MODEL = env.llm_model
LLM_PROVIDER = env.llm_provider
LLM_API_KEY = env.llm_api_key.get_secret_value()
LLM_CONTEXT_TOKENS = env.llm_context_tokens
LLM_MAX_CONCURRENCY = env.llm_max_concurrency
EMBEDDING_ENDPOINT = env.embedding_endpoint
EMBEDDING_MODEL = env.embedding_model
EMBEDDING_API_KEY = env.embedding_api_key.get_secret_value()
SYNTHESIS_ENDPOINT = env.synthesis_endpoint
SYNTHESIS_MODEL = env.synthesis_model
SYNTHESIS_API_KEY = env.synthesis_api_key.get_secret_value()

AUDIT_ANCHOR_DIR = env.audit_anchor_dir or str(STATE_DIR / "anchors")
AUDIT_ANCHOR_MAIL = env.audit_anchor_mail

SPEECH = speech_settings(env, STATE_DIR)
NOTE_MODEL = env.note_model
PAST_PARTS = env.past_parts
SPEECH_LIVE_RECORDINGS = env.speech_live_recordings

JOB_LEASE_SECONDS = env.job_lease_seconds
EVENT_STREAM_TTL_SECONDS = env.event_stream_ttl_seconds
PRIVATE_NETWORKS = addresses.networks(env.private_networks)
MAIL_CA_FILE = env.mail_ca_file
TELEGRAM_API_URL = env.telegram_api_url.rstrip("/")
FEISHU_API_URL = env.feishu_api_url.rstrip("/")
WECOM_API_URL = env.wecom_api_url.rstrip("/")
DINGTALK_API_URL = env.dingtalk_api_url.rstrip("/")

globals().update(mail_settings(env.email_url))
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(env.log_level)
# Redirects to TLS and the browsers' preload list are the business of whoever runs the proxy in front.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
