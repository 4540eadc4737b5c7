"""Reading a guest's QR code out of a webcam's frame, for browsers that cannot do it themselves."""

from app.domain.access import Principal
from app.domain.errors import TooLarge, TooMany
from app.imaging.background import in_background
from app.imaging.qr import code_in
from app.ports import Ports

FRAME_MAX = 256 * 1024
PIXELS_MAX = 2_000_000
FRAMES_PER_MINUTE = 240


async def read(ports: Ports, principal: Principal, frame: bytes) -> str | None:
    """The text of the code held into a frame; None where there is none. Nothing of the frame is kept.

    Raises TooMany, TooLarge, Invalid, UnsupportedMedia.
    """
    verdict = await ports.limiter.hit(f"codes:{principal.user_id}", limit=FRAMES_PER_MINUTE, per_seconds=60)
    if not verdict.allowed:
        raise TooMany("TOO_MANY", "Too many frames. Wait a moment.", retry_after=verdict.retry_after)
    if len(frame) > FRAME_MAX:
        raise TooLarge("IMAGE_TOO_LARGE", f"A frame has at most {FRAME_MAX // 1024} KiB.")
    return await in_background(code_in, frame, PIXELS_MAX)
