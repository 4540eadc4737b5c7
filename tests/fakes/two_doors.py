"""A web that speaks TLS, as a real program: staff at one address, guests' pages at the plain one."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from app.adapters.embedded import process
from app.cli.authority import Authority
from tests.fakes import stack as stacks
from tests.fakes.stack import Stack, wait_for

NAMES = ["localhost", "127.0.0.1"]


@dataclass(frozen=True)
class Doors:
    """The running web, its two addresses, and who vouches for it."""

    stack: Stack
    plain: str
    secure: str
    authority: Authority

    def trusting(self) -> ssl.SSLContext:
        """What a device that went through the three steps believes."""
        return ssl.create_default_context(cafile=str(self.authority.ca_file))

    def staff(self) -> httpx.Client:
        """A client of the TLS door."""
        client = httpx.Client(base_url=self.secure, verify=self.trusting(), timeout=30)
        self.stack.clients.append(client)
        return client


@contextmanager
def open_doors(database_url: str, redis_url: str) -> Iterator[Doors]:
    """An installation over these servers whose web is ready at both doors."""
    with stacks.stack(database_url, redis_url) as made:
        authority = Authority(made.folder / "tls")
        authority.issue(NAMES, "desk")
        port = process.free_port()
        files = {"TLS_CERT_FILE": str(authority.server_file), "TLS_CA_FILE": str(authority.ca_file)}
        child = made.start("console", TLS_PORT=str(port), **files)
        doors = Doors(made, made.url, f"https://127.0.0.1:{port}", authority)
        staff = doors.staff()

        def ready() -> bool:
            assert child.poll() is None, made.log("console")[-4000:]
            try:
                return staff.get("/health/ready").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(ready, 60, 0.1)
        yield doors
