"""Every setting of an installation, typed and documented. Nothing else reads the environment."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from llm_backend.providers import presets

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    kongming_state_dir: Path = Field(
        PROJECT_ROOT / "var",
        description="Where everything that is not code lives: database, uploads, logs, secrets.",
    )
    kongming_models_dir: str = Field(
        "", description="Where model weights lie; installations may share it. Empty: in KONGMING_STATE_DIR."
    )
    kongming_llama_model: str = Field(
        "", description="A GGUF file of your own for the embedded engine. Empty: the one that is fetched."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and visitor tokens. Generated at first start."
    )
    field_keys: Annotated[list[SecretStr], NoDecode] = Field(
        [],
        description="Fernet keys of encrypted fields, newest first, separated by commas. Generated at first start.",
    )
    database_url: str = Field("", description="PostgreSQL with pgvector. Empty: the embedded server.")
    redis_url: str = Field("", description="Redis 6.2 or newer. Empty: the embedded server.")

    llm_endpoint: str = Field(
        "", description="OpenAI-compatible chat URL ending in /v1. Empty: an engine of ours, see LLM_PROFILE."
    )
    llm_profile: str = Field(
        "", description="Which profile of ./kongming engine list we serve. Empty: chosen for this machine."
    )
    engine_profiles: str = Field(
        "", description="A TOML file with profiles of your own, in the form of llm_backend/profiles.toml."
    )
    llm_model: str = Field("qwen2.5-coder-1.5b-instruct", description="Model name sent to LLM_ENDPOINT.")
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key of LLM_ENDPOINT.")
    llm_provider: str = Field(
        "compatible",
        description="Whose dialect LLM_ENDPOINT speaks, one of llm_backend/providers.toml. Ours says so itself.",
    )
    llm_context_tokens: int = Field(
        4096, ge=512, description="Context of one conversation on LLM_ENDPOINT, or instead of the profile's."
    )
    llm_max_concurrency: int = Field(
        4,
        ge=1,
        description="Requests LLM_ENDPOINT, or the profile, serves at once; more wait their turn.",
    )
    embedding_endpoint: str = Field(
        "", description="OpenAI-compatible embeddings URL ending in /v1. Empty: the embedded e5-small."
    )
    embedding_model: str = Field(
        "multilingual-e5-small", description="Model name sent to EMBEDDING_ENDPOINT."
    )
    embedding_api_key: SecretStr = Field(SecretStr(""), description="Key of EMBEDDING_ENDPOINT.")
    embedding_dimensions: int = Field(384, ge=8, le=2000, description="Length of EMBEDDING_MODEL's vectors.")
    speech_engine: Literal["faster-whisper", "openai-whisper"] = Field(
        "faster-whisper",
        description="Which embedded Whisper listens; the second needs requirements/openai-whisper.txt.",
    )
    speech_model: str = Field(
        "whisper-base",
        description="A folder (CTranslate2) in KONGMING_MODELS_DIR or anywhere, or the model's name at SPEECH_ENDPOINT.",
    )
    speech_threads: int = Field(2, ge=1, description="Processor cores that the embedded Whisper uses.")
    speech_max_minutes: int = Field(240, ge=1, description="Longest recording that is written down.")
    speech_endpoint: str = Field(
        "", description="OpenAI-compatible transcription URL ending in /v1. Empty: SPEECH_ENGINE."
    )
    speech_api_key: SecretStr = Field(SecretStr(""), description="Key of SPEECH_ENDPOINT.")

    host: str = Field("127.0.0.1", description="Address the web process listens on.")
    port: int = Field(8700, ge=1, le=65535, description="Port the web process listens on.")
    web_threads: int = Field(
        12, ge=1, le=64, description="Requests the web process works on at once; open streams do not count."
    )
    interactive_threads: int = Field(
        256,
        ge=1,
        description="Answers one interactive worker writes at once; they mostly wait for the model.",
    )
    speech_processes: int = Field(
        2, ge=1, description="Recordings written down at once; each process loads the speech model."
    )
    speech_live_recordings: int = Field(
        1,
        ge=0,
        description="How many of them may be followed while somebody still speaks. 0: none, before it ends.",
    )
    note_model: str = Field(
        "",
        description="What `llm_backend.clinical.training notes` wrote: records are composed as your own notes are.",
    )
    past_parts: str = Field(
        "",
        description="Parts of your own records as JSON lines (dialogue, heading, text): drafts are written like them.",
    )
    public_url: str = Field("", description="Address people type, when a proxy stands in front.")
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        ["localhost", "127.0.0.1", "[::1]"],
        description="Host names the web process answers to, separated by commas.",
    )
    debug: bool = Field(
        False, description="Tracebacks in the browser. Never on a server that others can reach."
    )
    secure_cookies: bool = Field(
        False, description="Cookies over HTTPS only, and HSTS. Set it behind a TLS proxy."
    )
    trusted_proxies: int = Field(0, ge=0, description="Proxies in front whose X-Forwarded-For is believed.")

    language_code: str = Field(
        "zh-hans", description="Language of the interface before a person chooses one."
    )
    time_zone: str = Field("Asia/Shanghai", description="Time zone of reports and schedules.")
    upload_max_mb: int = Field(50, ge=1, description="Largest upload accepted.")
    recording_max_mb: int = Field(
        2048, ge=1, description="Largest recording accepted; it arrives in parts of at most UPLOAD_MAX_MB."
    )
    attachment_max_mb: int = Field(
        10, ge=1, description="Largest file or voice message of a visitor; at most UPLOAD_MAX_MB."
    )
    visitor_starts_per_minute: int = Field(
        20, ge=1, description="Conversations that one address may begin in a channel within a minute."
    )
    message_max_characters: int = Field(8000, ge=100, description="Longest message a visitor may send.")
    job_lease_seconds: int = Field(15, ge=3, description="A worker silent for this long has lost its jobs.")
    event_stream_ttl_seconds: int = Field(
        3600, ge=60, description="How long a finished job's events can be replayed."
    )
    webhook_allow_private: bool = Field(
        False, description="Allow webhooks to private and loopback addresses. For trusted networks only."
    )
    mail_allow_private: bool = Field(
        False,
        description="Allow mail channels with servers at private and loopback addresses. For trusted networks only.",
    )
    mail_ca_file: str = Field(
        "", description="Certificates (PEM) of an authority of your own that mail servers may show."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Telegram's Bot API, or a server or proxy of your own for it."
    )
    signup_open: bool = Field(
        False, description="Let anyone create an account. Otherwise by invitation only."
    )

    oidc_issuer: str = Field("", description="OpenID Connect issuer URL for single sign-on.")
    oidc_client_id: str = Field("", description="Client id at OIDC_ISSUER.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Client secret at OIDC_ISSUER.")

    email_url: str = Field(
        "",
        description="smtp(s)://user:password@host:port?from=address for invitations. Empty: written to the log.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    otel_exporter_otlp_endpoint: str = Field(
        "", description="OpenTelemetry collector. Empty: spans go nowhere."
    )

    @field_validator("field_keys", "allowed_hosts", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("llm_provider")
    @classmethod
    def check_provider(cls, value: str) -> str:
        if value not in presets():
            raise ValueError(f"there is no such preset; there are: {', '.join(presets())}")
        return value


def origin_of(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def broker_url(redis_url: str) -> str:
    """Celery names unix sockets otherwise than redis-py does."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def example() -> str:
    """The text of `.env.example`: every variable, its meaning and its default, commented out."""
    lines = ["# Every setting of Kongming. Copy to .env and change what you need.", ""]
    for name, field in Env.model_fields.items():
        default = field.get_default()
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, list):
            default = ",".join(default)
        if default == PROJECT_ROOT / "var":
            default = "var"
        lines += [f"# {field.description}", f"# {name.upper()}={default}", ""]
    return "\n".join(lines)
