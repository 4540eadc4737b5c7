"""The permission matrix: every route, page and socket of the application, who may use it, of what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

TABLE = """
everyone    -      GET     /
everyone    -      GET     /api/openapi.json
everyone    -      GET     /api/docs
everyone    -      MOUNT   /api/docs/static
everyone    -      ANY     /api/{path:path}
everyone    -      GET     /health
everyone    -      GET     /health/live
everyone    -      GET     /health/ready
everyone    -      GET     /metrics
everyone    -      MOUNT   /static
everyone    -      GET     /login
everyone    -      POST    /login
everyone    -      POST    /api/v1/auth/login
everyone    -      POST    /api/v1/sessions
everyone    -      GET     /kiosk
everyone    -      GET     /kiosk/{event}
everyone    -      HEAD    /kiosk/state
everyone    -      HEAD    /kiosk/{event}/state
everyone    -      GET     /kiosk/sw.js
everyone    -      GET     /kiosk/app.webmanifest
everyone    -      GET     /wall
everyone    -      GET     /wall/{event}
everyone    -      GET     /wall/{event}/kiosk.svg
everyone    -      GET     /wall/{event}/pictures/{name}/{size}
everyone    -      WS      /ws/wall/{event}
everyone    -      GET     /trust
everyone    -      GET     /trust/here
everyone    -      GET     /trust/qr.svg
everyone    -      GET     /trust/photobot-ca.crt
everyone    -      MOUNT   /_nicegui/{v}/static
everyone    -      GET     /_nicegui/{v}/libraries/{key:path}
everyone    -      GET     /_nicegui/{v}/components/{key:path}
everyone    -      GET     /_nicegui/{v}/resources/{key}/{path:path}
everyone    -      GET     /_nicegui/{v}/dynamic_resources/{name}
everyone    -      GET     /_nicegui/{v}/esm/{key}/{path:path}
signed      -      POST    /api/v1/providers/kie/callback
link        event  GET     /files/{key:path}
link        event  PUT     /files/{key:path}
link        event  GET     /r/{token}
link        event  GET     /r/{token}/qr.svg
link        event  GET     /r/{token}/jobs/{job_id}/{picture}
link        event  GET     /api/v1/guest/{token}/data
link        event  PUT     /api/v1/guest/{token}/consents/{purpose}
link        event  POST    /api/v1/guest/{token}/styles
link        event  GET     /api/v1/guest/{token}/erasure
link        event  POST    /api/v1/guest/{token}/erasure
link        event  WS      /ws/guest/{token}
booth       event  POST    /api/v1/booth/{booth_id}/shots
booth       event  POST    /api/v1/booth/{booth_id}/shots/{shot_id}/original
booth       event  POST    /api/v1/booth/{booth_id}/shots/{shot_id}/raw
booth       event  WS      /ws/watcher

operator    rows   GET     /console
operator    event  GET     /console/booth/{booth_id}
operator    event  GET     /console/booth/{booth_id}/camera
operator    rows   GET     /console/gallery?event={event_id}
operator    rows   GET     /console/queue?event={event_id}
operator    event  GET     /console/jobs/{job_id}
operator    -      GET     /console/sign-ins
operator    -      GET     /console/away
operator    -      GET     /console/sw.js
operator    -      MOUNT   /_nicegui_ws
operator    rows   WS      /ws/board
operator    rows   WS      /ws/news
operator    -      GET     /api/v1/auth/me
operator    -      GET     /api/v1/auth/sign-ins
operator    -      DELETE  /api/v1/auth/sign-ins/{sign_in_id}
operator    -      POST    /api/v1/me/password
operator    event  GET     /api/v1/sessions/{code:path}
operator    event  POST    /api/v1/jobs
operator    event  POST    /api/v1/uploads
operator    rows   GET     /api/v1/jobs
operator    event  GET     /api/v1/jobs?eventId={event_id}
operator    each   POST    /api/v1/jobs/bulk
operator    event  GET     /api/v1/jobs/{job_id}
operator    event  GET     /api/v1/jobs/{job_id}/download
operator    event  POST    /api/v1/jobs/{job_id}/cancel
operator    event  POST    /api/v1/jobs/{job_id}/prints
operator    event  GET     /api/v1/jobs/{job_id}/prints
operator    event  POST    /api/v1/jobs/{job_id}/prints/{print_id}/settle
operator    event  POST    /api/v1/jobs/{job_id}/signals
operator    event  GET     /api/v1/jobs/{job_id}/candidates
operator    event  GET     /api/v1/jobs/{job_id}/candidates?q=Rahasia
operator    event  POST    /api/v1/jobs/{job_id}/move
operator    event  POST    /api/v1/shots/{shot_id}/move
operator    event  POST    /api/v1/moves/{move_id}/undo
operator    event  POST    /api/v1/links/{link_id}/undo
operator    event  POST    /api/v1/booth/{booth_id}/active-session
operator    event  GET     /api/v1/booth/{booth_id}/active-session
operator    event  POST    /api/v1/booth/{booth_id}/active-session/refresh
operator    event  DELETE  /api/v1/booth/{booth_id}/active-session?sessionId={other_id}
operator    -      POST    /api/v1/codes/read
operator    event  POST    /api/v1/shots/{shot_id}/unassign
operator    event  POST    /api/v1/shots/{shot_id}/assign
operator    event  POST    /api/v1/shots/{shot_id}/reject
operator    event  POST    /api/v1/shots/{shot_id}/restore
operator    event  POST    /api/v1/booths/{booth_id}/rescan
operator    event  GET     /api/v1/booths/{booth_id}/cameras
operator    event  PUT     /api/v1/booths/{booth_id}/cameras/{camera_key}/clock
operator    event  DELETE  /api/v1/booths/{booth_id}/cameras/{camera_key}/clock
operator    rows   GET     /api/v1/events
operator    rows   GET     /api/v1/booths
operator    -      GET     /api/v1/booths?eventId={event_id}
operator    -      GET     /api/v1/styles
operator    -      GET     /api/v1/house
operator    event  GET     /api/v1/events/{event_id}/spend
operator    event  GET     /api/v1/events/{event_id}/trials
operator    event  GET     /api/v1/gallery?eventId={event_id}
operator    event  GET     /api/v1/gallery/summary?eventId={event_id}
operator    event  GET     /api/v1/gallery/pictures/{job_id}
operator    event  POST    /api/v1/gallery/zip
operator    event  GET     /media/jobs/{job_id}/qr.svg
operator    event  GET     /media/jobs/{job_id}/live
operator    event  GET     /media/jobs/{job_id}/{picture}
operator    event  GET     /media/shots/{shot_id}/preview
operator    -      GET     /media/sample

supervisor  rows   GET     /console/attention?event={event_id}
supervisor  rows   GET     /console/supervisor?event={event_id}
supervisor  rows   GET     /console/system
supervisor  -      GET     /api/v1/attention
supervisor  event  GET     /api/v1/attention?eventId={event_id}
supervisor  event  POST    /api/v1/sessions/send
supervisor  event  POST    /api/v1/jobs/{job_id}/replay
supervisor  event  POST    /api/v1/jobs/{job_id}/original
supervisor  event  POST    /api/v1/jobs/{job_id}/switch
supervisor  event  POST    /api/v1/jobs/{job_id}/resolve
supervisor  event  POST    /api/v1/jobs/{job_id}/give-up
supervisor  event  GET     /api/v1/booths/{booth_id}/tokens
supervisor  event  POST    /api/v1/booths/{booth_id}/tokens
supervisor  event  DELETE  /api/v1/booths/{booth_id}/tokens/{token_id}
supervisor  event  PUT     /api/v1/events/{event_id}/spend
supervisor  event  POST    /api/v1/trials
supervisor  event  DELETE  /api/v1/events/{event_id}/trials
lead        -      PUT     /api/v1/house/parts/{part}/breaker
lead        -      DELETE  /api/v1/house/parts/{part}/breaker
lead        -      PUT     /api/v1/house/lanes/{lane}/pause
lead        -      DELETE  /api/v1/house/lanes/{lane}/pause

admin       rows   GET     /console/admin
admin       rows   GET     /console/admin/events?event={event_id}
admin       rows   GET     /console/admin/booths
admin       rows   GET     /console/admin/styles
admin       rows   GET     /console/admin/audit
admin       rows   GET     /console/admin/audit.csv
admin       rows   GET     /api/v1/audit
admin       -      GET     /api/v1/audit?eventId={event_id}
admin       -      POST    /api/v1/events
admin       event  PATCH   /api/v1/events/{event_id}
admin       event  PUT     /api/v1/events/{event_id}/overlay
admin       event  POST    /api/v1/events/{event_id}/overlay/preview
admin       event  GET     /media/events/{event_id}/framed
admin       event  DELETE  /api/v1/events/{event_id}/overlay
admin       event  POST    /api/v1/events/{event_id}/copy
admin       event  GET     /api/v1/events/{event_id}/configuration
admin       event  GET     /api/v1/events/{event_id}/retention
admin       event  POST    /api/v1/booths
admin       event  PUT     /api/v1/booths/{booth_id}
house       -      POST    /api/v1/styles
house       -      PUT     /api/v1/styles/order
house       -      PATCH   /api/v1/styles/{style_id}
admin       -      GET     /media/styles/{style_id}/sample
house       -      POST    /api/v1/styles/{style_id}/workflow
admin       -      GET     /api/v1/styles/{style_id}/workflow
house       -      DELETE  /api/v1/styles/{style_id}/workflow
admin       -      GET     /api/v1/setup/steps
admin       -      PUT     /api/v1/setup/steps/{name}

house       -      GET     /console/admin/users
house       -      POST    /api/v1/events/configuration
house       -      GET     /api/v1/users
house       -      POST    /api/v1/users
house       -      PATCH   /api/v1/users/{user_id}
house       -      POST    /api/v1/users/{user_id}/password
house       -      DELETE  /api/v1/users/{user_id}/sign-ins
house       -      GET     /api/v1/auth/accounts/{username}/sign-ins
house       -      DELETE  /api/v1/auth/accounts/{username}/sign-ins

operator    event  POST    /api/v1/jobs/{job_id}/retry
operator    event  POST    /api/v1/sessions/{session_id}/links
operator    -      POST    /api/v1/auth/sign-ins/end-others
everyone    -      POST    /logout
operator    -      POST    /api/v1/auth/logout
"""
"""Who may: everyone; who `signed` it or holds the `link`; the `booth`'s laptop; a role and those above it;
`lead`: supervisors of all events, and those above them; `house`: administrators of all events.

Of what: `event`: who is not given the event learns nothing of it (404). `rows`: they get theirs, without a
trace of it. `each`: a list of things, each refused by itself. `-`: no event's. What ends sign-ins comes last.
Sockets are asked in `test_permitted_sockets.py`.
"""

REASON = {"reason": "the permission matrix"}
# The least that gets past the checks of form, and that changes nothing where it is allowed.
CALLS: dict[str, dict[str, Any]] = {
    "POST /login": {"data": {"username": "nobody", "next": "/console"}, "yes": 401},
    "POST /api/v1/auth/login": {"json": {}},
    "POST /api/v1/sessions": {"json": {}},
    "PUT /files/{key:path}": {"content": b"picture", "headers": {"Content-Type": "image/jpeg"}},
    "PUT /api/v1/guest/{token}/consents/{purpose}": {"json": {"given": True}},
    "POST /api/v1/guest/{token}/styles": {"json": {"jobId": "{job_id}", "styleId": "pencil"}},
    "POST /api/v1/guest/{token}/erasure": {"json": {"confirm": "{confirm}"}},
    "POST /api/v1/me/password": {"json": {}},
    "POST /api/v1/jobs": {"form": {"sessionId": "{session_id}", "eventId": "{event_id}", "styleId": "pencil",
                                   "mode": "none"}},
    "POST /api/v1/uploads": {"json": {"sessionId": "{session_id}", "eventId": "{event_id}",
                                      "styleId": "pencil", "mode": "none"}},
    "POST /api/v1/jobs/bulk": {"json": {"deed": "cancel", "jobIds": ["{job_id}"]}},
    "POST /api/v1/jobs/{job_id}/prints": {"json": {}},
    "POST /api/v1/jobs/{job_id}/prints/{print_id}/settle": {"json": {"outcome": "missing"}},
    "POST /api/v1/jobs/{job_id}/signals": {"json": {"name": "nothing", "key": "matrix"}},
    "POST /api/v1/jobs/{job_id}/move": {"json": {"sessionId": "{session_id}", "seenSessionId": "nobody"}},
    "POST /api/v1/shots/{shot_id}/move": {"json": {"sessionId": "{session_id}"}},
    "POST /api/v1/booth/{booth_id}/active-session": {"json": {
        "sessionId": "{session_id}", "eventId": "{event_id}", "styleId": "pencil", "mode": "original"}},
    "POST /api/v1/codes/read": {"content": b"no picture"},
    "POST /api/v1/shots/{shot_id}/assign": {"json": {"sessionId": "{their_session_id}"}},
    "POST /api/v1/shots/{shot_id}/reject": {"json": {}},
    "PUT /api/v1/booths/{booth_id}/cameras/{camera_key}/clock": {"json": {"offsetSeconds": 1}},
    "POST /api/v1/gallery/zip": {"data": {"eventId": "{event_id}"}},
    "POST /api/v1/sessions/send": {"json": {"items": [{"sessionId": "{other_id}"}]}},
    "POST /api/v1/jobs/{job_id}/replay": {"json": REASON},
    "POST /api/v1/jobs/{job_id}/original": {"json": REASON},
    "POST /api/v1/jobs/{job_id}/switch": {"json": {**REASON, "maker": "local"}},
    "POST /api/v1/jobs/{job_id}/resolve": {"json": REASON},
    "POST /api/v1/jobs/{job_id}/give-up": {"json": REASON},
    "POST /api/v1/booths/{booth_id}/tokens": {"json": {"label": "matrix"}},
    "PUT /api/v1/events/{event_id}/spend": {"json": {**REASON, "limit": None}},
    "POST /api/v1/trials": {"json": {"boothId": "{booth_id}"}},
    "PUT /api/v1/house/parts/{part}/breaker": {"json": {**REASON, "state": "open", "seconds": 0}},
    "PUT /api/v1/house/lanes/{lane}/pause": {"json": REASON},
    "POST /api/v1/events": {"json": {"name": "Matrix", "slug": "!"}},
    "PATCH /api/v1/events/{event_id}": {"json": {}},
    "PUT /api/v1/events/{event_id}/overlay": {"frame": True},
    "POST /api/v1/events/{event_id}/overlay/preview": {"frame": True},
    "POST /api/v1/events/{event_id}/copy": {"json": {"name": "Matrix", "slug": "!"}},
    "POST /api/v1/booths": {"json": {"id": "!", "name": "Matrix", "eventId": "{event_id}"}},
    "PUT /api/v1/booths/{booth_id}": {"json": {"name": "Bilik Rahasia", "eventId": "{event_id}"}},
    "POST /api/v1/styles": {"json": {"name": {"en": "x", "id": "x"}, "id": "!", "provider": "local"}},
    "PUT /api/v1/styles/order": {"json": {"order": []}},
    "PATCH /api/v1/styles/{style_id}": {"json": {}},
    "POST /api/v1/styles/{style_id}/workflow": {"json": {}},
    "PUT /api/v1/setup/steps/{name}": {"json": {"state": "done"}},
    "POST /api/v1/users": {"json": {"username": "a b"}},
    "PATCH /api/v1/users/{user_id}": {"json": {}},
    "POST /api/v1/sessions/{session_id}/links": {"json": {"moveId": "{move_id}"}},
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One line of the table; `path` with what stands behind the `?`."""

    who: str
    of: str
    method: str
    path: str

    @property
    def route(self) -> str:
        """Its route: method and path, as the application knows it."""
        return f"{self.method} {self.path.partition('?')[0]}"

    @property
    def call(self) -> dict[str, Any]:
        """How it is called."""
        return CALLS.get(self.route, {})


RULES = [Rule(*line.split()) for line in TABLE.splitlines() if line]


def routes_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Every route of an application as the table writes it, those of mounted applications, too."""
    for context in iter_route_contexts(routes):
        route: Any = getattr(context, "starlette_route", None) or context.original_route
        path = re.sub(r"^/_nicegui/[^/]+/", "/_nicegui/{v}/", prefix + (context.path or route.path))
        methods = set(context.methods or ()) - {"OPTIONS"}
        inner = getattr(route, "routes", None)
        if inner is not None and type(route).__name__ == "Mount":
            yield from routes_of(inner, path) if inner else [f"MOUNT {path}"]
        elif "Mount" in type(route).__name__:
            yield f"MOUNT {path}"
        elif "WebSocket" in type(route).__name__:
            yield f"WS {path}"
        elif "TRACE" in methods:
            yield f"ANY {path}"
        else:
            yield from (f"{one} {path}" for one in methods - ({"HEAD"} if "GET" in methods else set()))
