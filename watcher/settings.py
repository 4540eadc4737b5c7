"""The watcher's settings, read from the environment: where pictures come in and go, how patient it is."""

import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WatcherSettings(BaseSettings):
    """Everything the camera laptop must know; no key of any database, queue or storage is among it."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", populate_by_name=True)

    server_url: str = Field(default="http://localhost:8080", validation_alias="SERVER_URL")
    booth_id: str = Field(
        default="booth-1", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", validation_alias="BOOTH_ID"
    )
    token: SecretStr | None = Field(default=None, validation_alias="PHOTOBOT_TOKEN")
    token_file: Path | None = Field(default=None, validation_alias="PHOTOBOT_TOKEN_FILE")

    ca_file: Path | None = Field(default=None, validation_alias="PHOTOBOT_CA_FILE")
    """The server's own authority (`photobot up --tls`): whose certificates count, and nobody else's."""

    hotfolder: Path = Field(default=Path("hotfolder"), validation_alias="HOTFOLDER_PATH")
    orphan: Path | None = Field(default=None, validation_alias="ORPHAN_PATH")
    invalid: Path | None = Field(default=None, validation_alias="INVALID_PATH")
    processed: Path | None = Field(default=None, validation_alias="PROCESSED_PATH")
    rejected: Path | None = Field(default=None, validation_alias="REJECTED_PATH")
    rejected_days: int = Field(default=7, ge=0, le=3650, validation_alias="PHOTOBOT_REJECTED_DAYS")
    """So long a file that an operator put away is kept on this laptop."""
    ledger: Path | None = Field(default=None, validation_alias="PHOTOBOT_LEDGER")

    stability_delay_ms: int = Field(
        default=2000, ge=100, le=60_000, validation_alias="FILE_STABILITY_DELAY_MS"
    )
    """How long a file whose end cannot be told must stay unchanged."""
    give_up_seconds: float = Field(default=60.0, ge=0.2, le=3600, validation_alias="PHOTOBOT_GIVE_UP_SECONDS")
    """How long an unfinished file may stand still before it is told as incomplete."""
    put_away_seconds: float = Field(
        default=3600.0, ge=0.2, le=86_400, validation_alias="PHOTOBOT_PUT_AWAY_SECONDS"
    )
    """How long it may stand still before it is moved to the invalid folder; until then it may still grow."""
    pair_seconds: float = Field(default=20.0, ge=0.2, le=600, validation_alias="PHOTOBOT_PAIR_SECONDS")
    """How far apart the RAW and the JPEG of one shot may appear, where their own times do not tell."""
    filing_grace_seconds: float = Field(
        default=5.0, ge=0, le=600, validation_alias="PHOTOBOT_FILING_GRACE_SECONDS"
    )
    """How long a finished file stays where it is for programs that write it again (metadata)."""
    scan_seconds: float = Field(default=30.0, ge=0.1, le=600, validation_alias="PHOTOBOT_SCAN_SECONDS")
    """How often the whole hotfolder is looked through where the system tells of changes."""
    max_bytes: int = Field(
        default=50 * 1024 * 1024, ge=1024, le=2 * 1024**3, validation_alias="PHOTOBOT_MAX_UPLOAD_BYTES"
    )
    max_pixels: int = Field(
        default=100_000_000, ge=10_000, le=1_000_000_000, validation_alias="PHOTOBOT_MAX_PIXELS"
    )
    uploads: int = Field(default=2, ge=1, le=8, validation_alias="PHOTOBOT_PARALLEL_UPLOADS")
    upload_kbps: int = Field(default=0, ge=0, le=10_000_000, validation_alias="PHOTOBOT_UPLOAD_KBPS")
    """The most all uploads together may send, in kilobits per second; 0 is no limit."""
    slow_seconds: float = Field(default=5.0, ge=0.05, le=3600, validation_alias="PHOTOBOT_SLOW_SECONDS")
    """An original that would take longer than this is sent as a small copy first."""
    retry_cap_seconds: float = Field(
        default=30.0, ge=0.1, le=600, validation_alias="PHOTOBOT_RETRY_CAP_SECONDS"
    )
    """The longest wait between two tries to reach the server."""

    @field_validator("server_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("must look like http://host:port or https://host")
        if parts.username or parts.password:
            raise ValueError("must carry no user name or password; use PHOTOBOT_TOKEN")
        return value.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _certificate(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.create_default_context(cafile=str(value.expanduser()))
            except OSError as error:  # ssl.SSLError is one
                reason = error.strerror or "no certificate in it"
                raise ValueError(
                    f"{value} cannot be used as the server's certificate authority ({reason})"
                ) from None
        return value

    @model_validator(mode="after")
    def _trays_stand_apart(self) -> "WatcherSettings":
        if self.folder in self.trays:
            raise ValueError("HOTFOLDER_PATH cannot itself be where finished files are put")
        return self

    @property
    def folder(self) -> Path:
        """The hotfolder, absolute."""
        return self.hotfolder.expanduser().resolve()

    @property
    def orphan_folder(self) -> Path:
        """Where pictures without a guest are kept."""
        return (self.orphan or self.folder / "orphan").expanduser().resolve()

    @property
    def invalid_folder(self) -> Path:
        """Where files that are no pictures are kept, each with its reason."""
        return (self.invalid or self.folder / "invalid").expanduser().resolve()

    @property
    def processed_folder(self) -> Path:
        """Where pictures are kept that the server has."""
        return (self.processed or self.folder / "processed").expanduser().resolve()

    @property
    def rejected_folder(self) -> Path:
        """Where pictures are kept for some days that an operator put away."""
        return (self.rejected or self.folder / "rejected").expanduser().resolve()

    @property
    def trays(self) -> tuple[Path, ...]:
        """All folders for finished files."""
        return self.processed_folder, self.orphan_folder, self.invalid_folder, self.rejected_folder

    @property
    def ledger_file(self) -> Path:
        """The SQLite file that remembers every camera file."""
        return (self.ledger or self.folder / ".photobot" / "ledger.sqlite3").expanduser().absolute()

    @property
    def socket_url(self) -> str:
        """The server's WebSocket for watchers."""
        return "ws" + self.server_url.removeprefix("http") + "/ws/watcher"

    @property
    def shots_url(self) -> str:
        """Where this booth's shots are posted."""
        return f"{self.server_url}/api/v1/booth/{self.booth_id}/shots"

    @property
    def lock_files(self) -> tuple[Path, Path]:
        """One watcher works on a hotfolder, and one on a ledger, wherever that stands."""
        ledger = self.ledger_file
        return self.folder / ".photobot" / "lock.sqlite3", ledger.with_name(ledger.name + ".lock")

    def trusted(self) -> ssl.SSLContext | None:
        """Whose certificates count; None over plain HTTP."""
        if not self.server_url.startswith("https:"):
            return None
        return ssl.create_default_context(cafile=str(self.ca_file.expanduser()) if self.ca_file else None)

    def current_token(self) -> str:
        """The booth's token; its file is read anew each time: a corrected one works without a restart."""
        value = ""
        if self.token is not None:
            value = self.token.get_secret_value().strip()
        elif self.token_file is not None:
            with suppress(OSError, ValueError):
                value = self.token_file.expanduser().read_text("ascii").strip()
        return value if value.isascii() and value.isprintable() else ""
