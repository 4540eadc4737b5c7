"""A picture that is nobody's: two people at a party, drawn, to show what a style or a frame does."""

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (900, 1200)
_PEOPLE = (
    # middle, top of the head, skin, hair, cloth
    (320, 430, (222, 168, 128), (38, 26, 22), (178, 52, 74)),
    (600, 370, (186, 126, 88), (24, 20, 22), (40, 74, 110)),
)


def sample(size: tuple[int, int] = SIZE) -> bytes:
    """The JPEG, the same each time. Blocking, some tenths of a second."""
    width, height = SIZE
    sky = np.linspace((44, 36, 84), (214, 118, 72), height)[:, None, :].repeat(width, 1)
    picture = Image.fromarray(sky.astype(np.uint8))
    lights = ImageDraw.Draw(picture, "RGBA")
    dice = random.Random(7)
    for _ in range(46):
        x, y, r = dice.randrange(width), dice.randrange(760), dice.randrange(8, 46)
        lights.ellipse((x - r, y - r, x + r, y + r), fill=(255, 214, 140, dice.randrange(40, 150)))
    picture = picture.filter(ImageFilter.GaussianBlur(5))
    for person in _PEOPLE:
        _person(picture, *person)
    grain = np.random.default_rng(7).normal(0, 5, (height, width, 1))
    done = Image.fromarray((np.asarray(picture).astype(float) + grain).clip(0, 255).astype(np.uint8))
    done.thumbnail(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    done.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


Colour = tuple[int, int, int]


def _person(picture: Image.Image, x: int, top: int, skin: Colour, hair: Colour, cloth: Colour) -> None:
    """Head, hair, a smile, shoulders; with soft shade so that brushes and lines have something to follow."""
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    shade = (round(skin[0] * 0.84), round(skin[1] * 0.8), round(skin[2] * 0.78))
    draw.ellipse((x - 128, top - 46, x + 128, top + 250), fill=hair)
    draw.rounded_rectangle((x - 215, top + 318, x + 215, 1320), 130, fill=cloth)
    draw.rectangle((x - 48, top + 230, x + 48, top + 350), fill=shade)
    draw.polygon([(x - 78, top + 318), (x + 78, top + 318), (x, top + 430)], fill=(244, 238, 228))
    draw.ellipse((x - 104, top, x + 104, top + 276), fill=skin)
    draw.pieslice((x - 120, top - 40, x + 120, top + 170), 186, 354, fill=hair)
    for side in (-1, 1):
        draw.ellipse((x + side * 44 - 15, top + 118, x + side * 44 + 15, top + 140), fill=(250, 248, 244))
        draw.ellipse((x + side * 44 - 9, top + 119, x + side * 44 + 9, top + 139), fill=(34, 24, 22))
        draw.arc((x + side * 44 - 26, top + 88, x + side * 44 + 26, top + 128), 205, 335, fill=hair, width=7)
    draw.line((x, top + 140, x - 10, top + 182, x + 8, top + 186), fill=shade, width=6)
    draw.chord((x - 46, top + 176, x + 46, top + 238), 12, 168, fill=(248, 244, 240), outline=(150, 56, 62))
    soft = layer.filter(ImageFilter.GaussianBlur(1.4))
    picture.paste(soft, mask=soft.getchannel("A"))
