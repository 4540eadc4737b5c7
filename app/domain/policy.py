"""The house's own numbers: times to live, limits of size, addresses; `app/settings.py` reads them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Rules that an installation may set; seconds and bytes."""

    public_url: str
    jwt_secret: str
    result_base_url: str | None = None
    session_ttl: int = 6 * 3600
    active_session_ttl: int = 1800
    login_ttl: int = 3600
    console_login_ttl: int = 12 * 3600
    signed_url_ttl: int = 600
    upload_url_ttl: int = 900
    idempotency_ttl: int = 24 * 3600
    max_upload_bytes: int = 50 * 1024 * 1024
    max_raw_bytes: int = 200 * 1024 * 1024
    max_pixels: int = 100_000_000
    max_output_bytes: int = 40 * 1024 * 1024
    work_long_edge: int = 2400
    callback_base_url: str | None = None
    kie_webhook_key: str | None = None
    storage_on_internet: bool = False
    hint_ttl: int = 600
    hints_kept: int = 1000
