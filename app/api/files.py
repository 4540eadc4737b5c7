"""The door to the folder storage: gives and takes objects for whoever holds a signed link."""

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from app.adapters.folder import FolderStorage
from app.api.bodies import stream_body
from app.domain.errors import TooLarge
from app.domain.keys import content_type_of

_MAX_CACHE_SECONDS = 3600


def files_router(storage: FolderStorage, max_put_bytes: int) -> APIRouter:
    """GET, HEAD and PUT `/files/{key}`; the link is the permission, so no sign-in is asked."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/files/{key:path}", methods=["GET", "HEAD"])
    async def give(key: str, request: Request) -> Response:
        grant = storage.verify(request.method, key, request.query_params.multi_items(), storage.clock.now())
        path, facts = await storage.locate(key)
        media_type = content_type_of(key)
        headers = {
            "Cache-Control": f"private, max-age={min(grant.seconds_left, _MAX_CACHE_SECONDS)}",
            "X-Content-Type-Options": "nosniff",
        }
        if media_type.startswith("text/"):
            # An uploaded page must not act with the rights of our own origin.
            headers["Content-Security-Policy"] = "sandbox"
        return FileResponse(
            path, headers=headers, media_type=media_type, filename=grant.filename, stat_result=facts
        )

    @router.put("/files/{key:path}")
    async def take(key: str, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        storage.verify("PUT", key, request.query_params.multi_items(), storage.clock.now(), content_type)
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > max_put_bytes:
            raise TooLarge("OBJECT_TOO_LARGE", f"At most {max_put_bytes} bytes.", max_bytes=max_put_bytes)
        stream_body(request.scope)
        await storage.put_stream(key, request.stream(), content_type, max_bytes=max_put_bytes)
        return Response(status_code=200)

    return router
