"""Lays an event's overlay (a PNG with see-through parts) over a picture."""

from pathlib import Path

from PIL import Image

from app.domain.errors import Invalid, PhotobotError
from app.imaging.decode import decode_upright, load, one_large, open_picture
from app.imaging.develop import resized, save_jpeg, to_srgb

OVERLAY_MIN_EDGE = 600
OVERLAY_MAX_EDGE = 6000
_SAME_ASPECT = 0.01
# Where height must go, most goes at the feet: heads are in the upper part of a portrait.
_TOP_SHARE = 0.2


def frame(picture: Path, overlay: Path, target: Path, *, quality: int = 93) -> None:
    """Write `picture` with `overlay` over it as JPEG.

    The picture is cropped to the overlay's aspect ratio (never turned): evenly at the sides, but mostly at
    the bottom, so that nobody loses the head. Blocking. Raises as `decode_upright` does.
    """
    base = to_srgb(decode_upright(picture))
    with one_large:  # of 36 megapixels, perhaps: made small before anything else is done with it
        top = decode_upright(overlay)
        base = base.crop(_crop_box(base.size, top.width / top.height))
        if top.size != base.size:
            top = resized(top, base.size)
    top = to_srgb(top, keep_alpha=True)
    base.paste(top.convert("RGB"), mask=top.getchannel("A"))
    save_jpeg(base, target, quality=quality)


def _crop_box(size: tuple[int, int], aspect: float) -> tuple[int, int, int, int]:
    width, height = size
    if abs(width / height / aspect - 1) <= _SAME_ASPECT:
        return (0, 0, width, height)
    if width / height > aspect:
        kept = max(1, round(height * aspect))
        left = (width - kept) // 2
        return (left, 0, left + kept, height)
    kept = max(1, round(width / aspect))
    above = round((height - kept) * _TOP_SHARE)
    return (0, above, width, above + kept)


def check_overlay(path: Path) -> tuple[int, int]:
    """The size of a usable overlay. Raises `Invalid` OVERLAY_UNSUITABLE with a sentence saying why not."""
    try:
        with path.open("rb") as stream:
            kind, picture = open_picture(stream)
            if kind != "png":
                raise _unsuitable("kind", "The overlay must be a PNG file with see-through parts.")
            width, height = picture.size
            if min(width, height) < OVERLAY_MIN_EDGE:
                raise _unsuitable(
                    "small",
                    f"The overlay is {width} x {height} pixels; each edge needs {OVERLAY_MIN_EDGE}.",
                    width=width,
                    height=height,
                )
            if max(width, height) > OVERLAY_MAX_EDGE:
                raise _unsuitable(
                    "large",
                    f"The overlay is {width} x {height} pixels; {OVERLAY_MAX_EDGE} is the most.",
                    width=width,
                    height=height,
                )
            with one_large:
                load(picture)
                _check_alpha(picture)
            return width, height
    except OSError as error:
        raise _unsuitable("damaged", "The overlay file cannot be read.") from error
    except PhotobotError as error:
        if error.code == "OVERLAY_UNSUITABLE":
            raise
        raise _unsuitable("damaged", f"The overlay cannot be used: {error.message}") from error


def _check_alpha(picture: Image.Image) -> None:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        raise _unsuitable("opaque", "The overlay has no see-through parts, it would hide the whole picture.")
    seen = picture if picture.mode in ("RGBA", "LA") else picture.convert("RGBA")
    lowest, highest = seen.getchannel("A").getextrema()
    if lowest == 255:
        raise _unsuitable("opaque", "The overlay has no see-through parts, it would hide the whole picture.")
    if highest == 0:
        raise _unsuitable(
            "empty", "The overlay is see-through everywhere, there is nothing to lay over the picture."
        )


def _unsuitable(reason: str, why: str, **facts: int) -> Invalid:
    """`reason` is a code: the screens have their own words for it."""
    return Invalid("OVERLAY_UNSUITABLE", why, field="overlay", reason=reason, **facts)
