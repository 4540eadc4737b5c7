"""What a person asked of `photobot up`, and the addresses that follow from it."""

from dataclasses import dataclass
from pathlib import Path

from app.cli.network import lan_address, web_address
from app.cli.place import Place


@dataclass(frozen=True)
class Wish:
    """What the person asked for, paths absolute."""

    host: str
    port: int
    place: Place
    hotfolder: Path
    booth: str
    watch: bool
    tls_port: int | None = None
    """Where staff are served over TLS; None without."""

    @property
    def local_url(self) -> str:
        """Where this machine itself reaches the web process, all of it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 (compared)
        return web_address(host, self.port, self.tls_port)

    @property
    def public_url(self) -> str:
        """Where phones and tablets on the same network reach it."""
        return web_address(self._outside_host, self.port)

    @property
    def staff_url(self) -> str:
        """Where the team's devices reach it."""
        return web_address(self._outside_host, self.port, self.tls_port)

    @property
    def _outside_host(self) -> str:
        return lan_address() if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 (compared)
