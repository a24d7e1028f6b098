"""Every setting of an installation, typed and documented. Nothing else reads the environment."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config import log_senders
from config.mail import mail_settings
from llm_backend import addresses
from llm_backend.providers import presets

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    # What is wrong may be a password.
    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

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
    kongming_backup_passphrase: SecretStr = Field(
        SecretStr(""),
        description="Encrypts what `./kongming backup` writes; `restore` needs it again. Keep a copy elsewhere.",
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
    embedding_threads: int = Field(
        0,
        ge=0,
        description="Processor cores the embedded e5-small uses; 0: all. Its passages give way to other work.",
    )
    synthesis_endpoint: str = Field(
        "",
        description="OpenAI-compatible URL ending in /v1 that reads aloud. Empty: what `engine prepare kokoro-82m` fetched.",
    )
    synthesis_model: str = Field("kokoro-82m", description="Model name sent to SYNTHESIS_ENDPOINT.")
    synthesis_api_key: SecretStr = Field(SecretStr(""), description="Key of SYNTHESIS_ENDPOINT.")
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
    transfers_per_address: int = Field(
        64,
        ge=1,
        description="Files that one client address may send or load at once. Behind a proxy set TRUSTED_PROXIES.",
    )
    interactive_threads: int = Field(
        256,
        ge=1,
        description="Answers one interactive worker writes at once for one organisation; they mostly wait for the model.",
    )
    background_processes: int = Field(
        3,
        ge=1,
        description="Documents, imports, evaluations and the like worked on at once, on all machines together.",
    )
    speech_processes: int = Field(
        2, ge=1, description="Recordings written down at once; each process loads the speech model."
    )
    voice_processes: int = Field(
        1, ge=1, description="Voice messages of visitors written down at once, apart from recordings."
    )
    speech_live_recordings: int = Field(
        1,
        ge=0,
        description="How many of them may be followed while somebody still speaks. 0: none, before it ends.",
    )
    note_model: str = Field(
        "",
        description="What `domain.clinical.training notes` wrote: records are composed as your own notes are.",
    )
    past_parts: str = Field(
        "",
        description="Parts of your own records as JSON lines (dialogue, heading, text): drafts are written like them.",
    )
    public_url: str = Field(
        "", description="Address people type, when a proxy stands in front: https://kongming.example."
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        ["localhost", "127.0.0.1", "[::1]"],
        description="Host names the web process answers to beside that of PUBLIC_URL, separated by commas.",
    )
    debug: bool = Field(
        False, description="Tracebacks in the browser. Never on a server that others can reach."
    )
    secure_cookies: bool | None = Field(
        None, description="Cookies over HTTPS only, and HSTS. Empty: when PUBLIC_URL begins with https://."
    )
    session_hours: int = Field(
        168, ge=1, le=720, description="Hours after which everybody signs in anew, however busy they are."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token of /metrics and the parts of /readyz. Empty: they are shown to this machine alone.",
    )
    trusted_proxies: int = Field(0, ge=0, description="Proxies in front whose X-Forwarded-For is believed.")

    language_code: Literal["zh-hans", "en"] = Field(
        "zh-hans", description="Language of the interface before a person chooses one: zh-hans or en."
    )
    time_zone: str = Field("Asia/Shanghai", description="Time zone of reports and schedules.")
    upload_max_mb: int = Field(50, ge=1, description="Largest upload accepted.")
    recording_max_mb: int = Field(
        2048, ge=1, description="Largest recording accepted; it arrives in parts of at most UPLOAD_MAX_MB."
    )
    log_file_max_mb: int = Field(
        2048, ge=1, description="Largest log file accepted; it arrives in parts of at most UPLOAD_MAX_MB."
    )
    log_unpacked_max_mb: int = Field(
        20480, ge=1, description="What one packed log file may unpack to; it is read as a stream."
    )
    log_waiting_max_mb: int = Field(
        256, ge=1, description="What a log source may have waiting to be read; more is answered with 429."
    )
    syslog_address: str = Field(
        "",
        description="Where syslog is taken by TCP and UDP, such as 0.0.0.0:1514. Empty: nowhere, no port is open.",
    )
    syslog_tls_address: str = Field(
        "", description="Where syslog is taken by TLS, such as 0.0.0.0:6514. Empty: nowhere."
    )
    syslog_tls_file: str = Field(
        "", description="Certificate chain and private key (PEM) of SYSLOG_TLS_ADDRESS, in one file."
    )
    syslog_max_connections: int = Field(
        512,
        ge=1,
        description="Connections of syslog (TCP and TLS) at once; beyond, senders of nothing make way.",
    )
    syslog_max_connections_per_address: int = Field(
        64, ge=1, description="Of these one address, or one /64 of IPv6. More for a relay of many senders."
    )
    syslog_senders: Annotated[list[str], NoDecode] = Field(
        [],
        description="Devices whose lines carry no token: network=id of a log source (10.2.0.0/16=0199…), by commas.",
    )
    log_folders: Annotated[list[str], NoDecode] = Field(
        [],
        description="Folders that log sources may follow: organisation=/folder, separated by commas. Nothing else is read.",
    )
    document_folders: Annotated[list[str], NoDecode] = Field(
        [],
        description="Folders that document sources may read: organisation=/folder, by commas. Nothing else is read.",
    )
    log_store_url: str = Field(
        "",
        description="Bucket of log records, s3://bucket/prefix?endpoint=https://host (requirements/s3.txt). Empty: disk.",
    )
    log_query_url: SecretStr = Field(
        SecretStr(""),
        description="ClickHouse that reads LOG_STORE_URL: https://user:password@host:8443. Empty: DuckDB in our processes.",
    )
    aws_access_key_id: str = Field("", description="Key of LOG_STORE_URL. Empty: what the machine was given.")
    aws_secret_access_key: SecretStr = Field(SecretStr(""), description="Its secret.")
    aws_session_token: SecretStr = Field(SecretStr(""), description="Its token, of a key for a while.")
    aws_region: str = Field("", description="Region of the bucket. Empty: us-east-1.")
    attachment_max_mb: int = Field(
        10, ge=1, description="Largest file or voice message of a visitor; at most UPLOAD_MAX_MB."
    )
    storage_reserve_mb: int = Field(
        1024, ge=0, description="Room on the disk that uploads leave: for the database, logs and backups."
    )
    organisation_storage_mb: int = Field(
        51200, ge=1, description="Most that the files of one organisation may take; it can set itself less."
    )
    conversation_storage_mb: int = Field(
        100, ge=1, description="Most that a visitor's files in one conversation may take."
    )
    visitor_storage_mb: int = Field(
        200, ge=1, description="Most that a visitor's files in all their conversations may take."
    )
    visitor_upload_mb_per_hour: int = Field(
        200, ge=1, description="Most that visitors at one address may send as files within an hour."
    )
    visitor_starts_per_minute: int = Field(
        20, ge=1, description="Conversations that one address may begin in a channel within a minute."
    )
    message_max_characters: int = Field(8000, ge=100, description="Longest message a visitor may send.")
    job_lease_seconds: int = Field(15, ge=3, description="A worker silent for this long has lost its jobs.")
    event_stream_ttl_seconds: int = Field(
        3600, ge=60, description="How long a finished job's events can be replayed."
    )
    private_networks: Annotated[list[str], NoDecode] = Field(
        [],
        description="Private networks (10.1.0.0/16), separated by commas, that webhooks, lookups, mail and models of "
        "organisations may lie in. Addresses in these settings need no entry.",
    )
    mail_ca_file: str = Field(
        "", description="Certificates (PEM) of an authority of your own that mail servers may show."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Telegram's Bot API, or a server or proxy of your own for it."
    )
    feishu_api_url: str = Field(
        "https://open.feishu.cn",
        description="Feishu's open platform; https://open.larksuite.com for Lark, or a private deployment.",
    )
    wecom_api_url: str = Field(
        "https://qyapi.weixin.qq.com", description="WeCom's API, or that of a private deployment."
    )
    dingtalk_api_url: str = Field(
        "https://api.dingtalk.com", description="DingTalk's API, or that of a private deployment."
    )
    organisation_deletion_days: int = Field(
        7,
        ge=0,
        le=90,
        description="Days between closing an organisation and deleting it; so long it can be taken back.",
    )
    signup_open: bool = Field(
        False, description="Let anyone create an account. Otherwise by invitation only."
    )

    audit_anchor_dir: str = Field(
        "",
        description="Where the last line of each audit trail is kept every day. Empty: anchors/ in KONGMING_STATE_DIR.",
    )
    audit_anchor_mail: Annotated[list[str], NoDecode] = Field(
        [], description="Who gets them by mail too, separated by commas: people outside of this machine."
    )

    oidc_issuer: str = Field("", description="OpenID Connect issuer URL for single sign-on.")
    oidc_client_id: str = Field("", description="Client id at OIDC_ISSUER.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Client secret at OIDC_ISSUER.")
    oidc_groups_claim: str = Field(
        "groups", description="Claim with the groups of a person, which organisations map to roles."
    )

    ldap_url: str = Field(
        "",
        description="Directory that people may sign in by: ldaps://host, or ldap://host, which turns to TLS "
        "(requirements/ldap.txt). Empty: none.",
    )
    ldap_bind_dn: str = Field("", description="Name that LDAP_URL is searched under. Empty: as a guest.")
    ldap_bind_password: SecretStr = Field(SecretStr(""), description="Its password.")
    ldap_users: str = Field("", description="Below which entry people lie: ou=people,dc=shop,dc=example.")
    ldap_groups: str = Field(
        "",
        description="Below which entry groups lie, which organisations map to roles. Empty: groups play no part.",
    )
    ldap_ca_file: str = Field(
        "", description="Certificates (PEM) of an authority of your own that LDAP_URL may show."
    )

    email_url: str = Field(
        "",
        description="smtp(s)://user:password@host:port?from=address for invitations and passwords. Empty: no mail is sent.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR."
    )
    otel_exporter_otlp_endpoint: str = Field(
        "", description="OpenTelemetry collector. Empty: spans go nowhere."
    )

    @property
    def interactive_places(self) -> int:
        """Places of one interactive worker: beside those that one organisation may hold, a third more for the others."""
        return self.interactive_threads + max(1, self.interactive_threads // 3)

    @property
    def served_hosts(self) -> list[str]:
        """Host names that the web process answers to: the one that people type is one of them."""
        typed = urlsplit(self.public_url).hostname
        return [*self.allowed_hosts, typed] if typed else self.allowed_hosts

    @property
    def has_tls(self) -> bool:
        """Whether people come by HTTPS."""
        return self.public_url.startswith("https://") if self.secure_cookies is None else self.secure_cookies

    @field_validator(
        "field_keys",
        "allowed_hosts",
        "audit_anchor_mail",
        "private_networks",
        "syslog_senders",
        "log_folders",
        "document_folders",
        mode="before",
    )
    @classmethod
    def split_commas(cls, value: object) -> object:
        # Also by those that a Chinese keyboard writes.
        parts = value.replace("，", ",").split(",") if isinstance(value, str) else value
        return [part.strip() for part in parts if part.strip()] if isinstance(parts, list) else value

    @field_validator("secure_cookies", mode="before")
    @classmethod
    def follow_public_url(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("public_url")
    @classmethod
    def check_public_url(cls, value: str) -> str:
        address = value.strip().rstrip("/").lower()
        if address and not (address.startswith(("http://", "https://")) and address == origin_of(address)):
            raise ValueError("write it as https://kongming.example, without a path")
        return address

    @field_validator("allowed_hosts")
    @classmethod
    def check_hosts(cls, value: list[str]) -> list[str]:
        if wrong := [host for host in value if "/" in host or (":" in host and not host.startswith("["))]:
            raise ValueError(f"{wrong[0]} is no name alone: leave https://, paths and ports out")
        return value

    @field_validator("time_zone")
    @classmethod
    def check_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("write it as Asia/Shanghai or Europe/Berlin")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def read_small_letters(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("email_url")
    @classmethod
    def check_mail_url(cls, value: str) -> str:
        mail_settings(value)
        return value

    @field_validator("private_networks")
    @classmethod
    def check_networks(cls, value: list[str]) -> list[str]:
        addresses.networks(value)
        return value

    @field_validator("syslog_address", "syslog_tls_address")
    @classmethod
    def check_listening_address(cls, value: str) -> str:
        log_senders.listening_address(value)
        return value

    @field_validator("syslog_senders")
    @classmethod
    def check_sender_networks(cls, value: list[str]) -> list[str]:
        log_senders.sender_networks(value)
        return value

    @field_validator("log_folders", "document_folders")
    @classmethod
    def check_folders(cls, value: list[str]) -> list[str]:
        log_senders.allowed_folders(value)
        return value

    @field_validator("log_store_url")
    @classmethod
    def check_store_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme != "s3" or not parts.netloc or "@" in value):
            raise ValueError("write it as s3://bucket/prefix?endpoint=https://host, without keys")
        return value

    @field_validator("log_query_url")
    @classmethod
    def check_query_url(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("write it as https://user:password@host:8443")
        if parts.scheme and not info.data.get("log_store_url"):
            raise ValueError("it reads the bucket of LOG_STORE_URL, and there is none")
        return value

    @field_validator("ldap_url")
    @classmethod
    def check_directory_url(cls, value: str) -> str:
        if value and not value.startswith(("ldaps://", "ldap://", "ldapi://")):
            raise ValueError("write it as ldaps://host")
        return value

    @field_validator("ldap_users")
    @classmethod
    def check_directory_people(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("ldap_url") and not value:
            raise ValueError("LDAP_URL needs it: below which entry people lie")
        return value

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
    """Celery names unix sockets, and the number of a database behind one, otherwise than redis-py does."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def example() -> str:
    """The text of `.env.example`: every variable, its meaning and its default, commented out."""
    lines = ["# Every setting of Kongming. Copy to .env and change what you need.", ""]
    for name, field in Env.model_fields.items():
        default = field.get_default()
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if isinstance(default, list):
            default = ",".join(default)
        if default is None:
            default = ""
        if default == PROJECT_ROOT / "var":
            default = "var"
        lines += [f"# {field.description}", f"# {name.upper()}={default}", ""]
    return "\n".join(lines)
