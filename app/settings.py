"""Every setting, read from the environment by the names of the plan (S1, section 11), and only here."""

import json
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.access import Role
from app.domain.policy import Policy


class EnvironmentAccount(BaseModel):
    """One entry of OPERATORS_JSON: username, passwordHash (argon2) and role."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    username: str
    password_hash: str
    role: Role = "operator"


class Settings(BaseSettings):
    """The environment of web, worker and command line. Empty values count as not set."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = "0.0.0.0"  # noqa: S104 (tablets and phones on the venue's network must reach it)
    port: int = 8080
    database_url: str = ""
    redis_url: str = ""
    photobot_data: Path = Path("data")
    public_url: str = ""
    result_base_url: str | None = None

    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    tls_ca_file: Path | None = None
    tls_port: int = Field(default=8443, ge=1, le=65535)
    staff_url: str = ""
    staff_networks: Annotated[list[IPv4Network | IPv6Network], NoDecode] = Field(default_factory=list)

    jwt_secret: str = ""
    operator_password: str | None = None
    operators_json: Annotated[list[EnvironmentAccount], NoDecode] = Field(default_factory=list)
    cors_origins: Annotated[list[str], NoDecode] = Field(default_factory=list)

    session_ttl_seconds: int = 6 * 3600
    active_session_ttl_seconds: int = 1800
    max_upload_mb: int = 50
    max_megapixels: int = 100

    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: str | None = None
    s3_secret_access_key: str | None = None
    s3_bucket: str | None = None
    s3_force_path_style: bool = False

    comfy_api_base_url: str | None = None
    cups_url: str = "ipp://localhost:631"

    worker_jobs: int = 6
    worker_concurrency_local: int = 2
    worker_concurrency_kie: int = Field(default=5, ge=1)
    worker_concurrency_comfy: int = Field(default=1, ge=1)
    job_deadline_seconds: float = Field(default=900.0, gt=0)
    queue_wait_seconds: float = Field(default=300.0, gt=0)

    kie_api_key: str | None = None
    kie_api_base_url: str = "https://api.kie.ai"
    kie_upload_base_url: str = "https://kieai.redpandaai.co"
    kie_webhook_key: str | None = None
    callback_base_url: str | None = None
    storage_on_internet: bool | None = None

    @field_validator("operators_json", mode="before")
    @classmethod
    def _accounts(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("staff_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return _as_networks(value) if isinstance(value, str) else value

    @field_validator("tls_cert_file", "tls_key_file", "tls_ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("kie_api_base_url", "kie_upload_base_url", "callback_base_url", "comfy_api_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")) or not urlsplit(value).hostname:
            raise ValueError("an address looks like https://host.example.org")
        return value.rstrip("/")

    @field_validator("cups_url")
    @classmethod
    def _print_server(cls, value: str) -> str:
        if not value.startswith(("ipp://", "ipps://")) or not urlsplit(value).hostname:
            raise ValueError("a print server's address looks like ipp://192.168.1.10:631")
        return value.rstrip("/")

    @field_validator("kie_api_key", "kie_webhook_key")
    @classmethod
    def _key(cls, value: str | None) -> str | None:
        key = value.strip() if value is not None else None
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise ValueError("a key has letters, digits and signs only")
        return key or None

    @property
    def providers_reach_storage(self) -> bool:
        """Whether a link to our storage works for a provider on the internet; guessed when nobody says."""
        if self.storage_on_internet is not None:
            return self.storage_on_internet and self.uses_s3
        endpoint = self.s3_public_endpoint or self.s3_endpoint
        return self.uses_s3 and (endpoint is None or endpoint.startswith("https://"))

    @cached_property
    def base_url(self) -> str:
        """The address that links and QRs carry; PUBLIC_URL, or this machine by its port."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def staff_base_url(self) -> str:
        """The address of console, kiosk and camera laptops: over TLS where this server speaks it itself."""
        if self.staff_url or self.tls_cert_file is None:
            return (self.staff_url or self.base_url).rstrip("/")
        return f"https://{_netloc(self.base_url, self.tls_port)}"

    @property
    def trust_url(self) -> str:
        """Where tablets learn to trust this server: over plain HTTP, by the name that staff call it."""
        return f"http://{_netloc(self.staff_base_url, self.port)}/trust"

    @property
    def uses_s3(self) -> bool:
        """Whether bytes go to S3 (a bucket is named) or into the data folder."""
        return self.s3_bucket is not None

    def policy(self) -> Policy:
        """The house's numbers. Raises ValueError, in words, for what must be set."""
        if len(self.jwt_secret) < 32:
            raise ValueError("JWT_SECRET must be set to at least 32 random characters.")
        return Policy(
            public_url=self.base_url,
            staff_url=self.staff_base_url,
            own_authority=self.tls_ca_file is not None,
            result_base_url=self.result_base_url.rstrip("/") if self.result_base_url else None,
            jwt_secret=self.jwt_secret,
            session_ttl=self.session_ttl_seconds,
            active_session_ttl=self.active_session_ttl_seconds,
            max_upload_bytes=self.max_upload_mb * 1024 * 1024,
            max_pixels=self.max_megapixels * 1_000_000,
            provider_slots={"kie": self.worker_concurrency_kie, "comfy": self.worker_concurrency_comfy},
            job_deadline=self.job_deadline_seconds,
            queue_wait=self.queue_wait_seconds,
            callback_base_url=self.callback_base_url,
            kie_webhook_key=self.kie_webhook_key,
            storage_on_internet=self.providers_reach_storage,
        )


def _netloc(url: str, port: int) -> str:
    host = urlsplit(url).hostname or "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _as_networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Raises ValueError, in words, for what is no address range."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError:
            raise ValueError(
                f"{part!r} is no address range; STAFF_NETWORKS looks like 192.168.10.0/24, 10.0.5.7"
            ) from None
    return found
