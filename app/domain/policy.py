"""The house's own numbers: times to live, limits of size, addresses; `app/settings.py` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Policy:
    """Rules that an installation may set; seconds and bytes.

    `provider_slots`: tasks at a provider at once, over all workers; who is not named has no limit. A job is
    to be styled within `job_deadline`; the next maker of its chain then gets `fallback_seconds`. It waits
    for its turn at one maker for `queue_wait`, while there is another. `public_url` is in guests' links,
    `staff_url` what console, kiosk and camera laptops open; `own_authority`: that is by our own certificate.
    """

    public_url: str
    jwt_secret: str
    staff_url: str = ""
    own_authority: bool = False
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
    provider_slots: Mapping[str, int] = field(default_factory=dict)
    paid_providers: frozenset[str] = frozenset({"kie"})
    job_deadline: float = 900.0
    fallback_seconds: float = 180.0
    queue_wait: float = 300.0
    callback_base_url: str | None = None
    kie_webhook_key: str | None = None
    storage_on_internet: bool = False
    hint_ttl: int = 600
    hints_kept: int = 1000
