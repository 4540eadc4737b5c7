"""Scripts, styles and pictures of all pages, under addresses that say which version of them it is.

A browser that is told nothing goes by a file's age, and takes old modules with a new page for days after an
update. Under `VERSIONED` a file is kept for good, for after an update it has another address; under its plain
address the browser asks each time for a script or a style (304 where nothing changed), once a day for others.
"""

import hashlib
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).resolve().parent.parent / "static"
_MARK = "v-"
_PACKED_FROM = 1000
"""Bytes; smaller files do not become smaller."""
_PACKING = 6


def _digest() -> str:
    seen = hashlib.sha256()
    for path in sorted(path for kind in ("js", "css", "fonts") for path in (STATIC / kind).iterdir()):
        seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()[:12]


VERSIONED = f"/static/{_MARK}{_digest()}"
"""Before `/js/…`, `/css/…`: the files as they were when this process started."""


class _Files(StaticFiles):
    """`v-…/js/board.js` is `js/board.js`; also another version's, for during an update both kinds serve."""

    def get_path(self, scope: Scope) -> str:
        """The file's path, without the version."""
        path = super().get_path(scope)
        return path.partition("/")[2] if path.startswith(_MARK) else path

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """As always, with the word for how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _kept(scope["path"])
        return response


def _kept(path: str) -> str:
    if path.startswith(f"{VERSIONED}/"):
        return "public, max-age=31536000, immutable"
    # An old picture beside a new page does no harm.
    return "no-cache" if path.endswith((".js", ".css")) else "public, max-age=86400"


def add_static_files(app: Starlette) -> None:
    """Serve `/static`, packed for whoever unpacks it."""
    app.mount("/static", GZipMiddleware(_Files(directory=STATIC), _PACKED_FROM, _PACKING), name="static")
