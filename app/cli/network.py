"""This machine's place in the network: its address on the LAN and whether a port can be had."""

import errno
import socket

import psutil

from app.domain.errors import Conflict


def lan_address() -> str:
    """The address phones on the same Wi-Fi reach us by; 127.0.0.1 when there is no network.

    Connecting a UDP socket sends nothing: it only asks the routing table.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address = str(probe.getsockname()[0])
    return "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 (compared, not listened on)


def require_port(host: str, port: int) -> None:
    """Raise `Conflict` with a sentence and a hint when nobody may listen on host and port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return
        except OSError as error:
            reason = error
    hint = f"Choose another: photobot up --port {_next_free(host, port)}"
    if reason.errno == errno.EADDRINUSE:
        raise Conflict("port_taken", f"Port {port} is taken{_holder(port)}. {hint}")
    if reason.errno == errno.EACCES:
        raise Conflict("port_forbidden", f"Port {port} needs administrator rights. {hint}")
    raise Conflict("port_unusable", f"Nothing can listen on {host}:{port} ({reason.strerror}). {hint}")


def _next_free(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = 8080 if port < 1024 else port + 1
    for candidate in range(first, min(first + 50, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return 8090


def _holder(port: int) -> str:
    """Who listens there, where the system tells us."""
    try:
        for entry in psutil.net_connections("tcp"):
            if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port and entry.pid:
                return f" by {psutil.Process(entry.pid).name()} (process {entry.pid})"
    except (psutil.Error, OSError):
        return ""
    return " by another program"
