"""Styles made with a brush: oil and watercolour."""

import cv2
import numpy as np

from app.adapters.local.base import (
    Params,
    Picture,
    Plane,
    blur,
    enlarged,
    f32,
    grids,
    ink,
    luma,
    mix,
    noise,
    paper,
    px,
    reduced,
    sample,
    saturate,
    step,
    u8,
    vignette,
    wave,
)
from app.adapters.local.flow import along, contour, edge_flow, painted


def _relief(height: Plane, depth: float) -> Plane:
    """Light from the upper left on a surface: a plane around 0."""
    gx = f32(cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3))
    gy = f32(cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3))
    lit = (gx + gy) / np.float32(np.std(gx + gy) + 1e-6)
    return f32(np.clip(lit, -2.5, 2.5) * np.float32(depth))


def oil(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Oil on canvas: dabs drawn out along the forms, bristle marks catching the light, rich colour."""
    small = reduced(rgb, 1100)
    grey = luma(small)
    flow = edge_flow(grey, px(small, 30), soften=px(small, 6))
    dabs = painted(small, px(small, 15), flow=flow)
    dabs = painted(u8(dabs), px(small, 9), flow=flow)
    detail = painted(small, px(small, 5), flow=flow)
    busy = step(blur(f32(np.abs(grey - blur(grey, px(small, 6)))), px(small, 10)), 0.012, 0.04)
    dabs = mix(dabs, detail, f32(busy * 0.75))
    bristles = along(noise(rng, grey.shape, px(small, 2.6)), flow, 5, px(small, 2.4))
    broad = along(noise(rng, grey.shape, px(small, 7)), flow, 7, px(small, 8))
    colour = enlarged(dabs, rgb)
    surface = enlarged(f32(bristles / (bristles.std() + 1e-6) + 0.8 * broad / (broad.std() + 1e-6)), rgb)
    surface += blur(f32(colour @ f32((0.3, 0.6, 0.1))), px(rgb, 2)) * 3
    canvas = wave(surface.shape, px(rgb, 7), 0) * wave(surface.shape, px(rgb, 7), 90)
    colour = saturate(colour, 1.32)
    colour = mix(colour, step(colour, 0.0, 1.0), 0.4)
    thick = enlarged(f32(broad / (broad.std() + 1e-6)), rgb)[:, :, None] * np.float32(0.018)
    lit = _relief(surface, 0.02) + canvas * np.float32(0.012)
    return u8(
        f32(
            (colour * (1 + thick) + lit[:, :, None] * (0.45 + colour)) * vignette(lit.shape, 0.22)[:, :, None]
        )
    )


def watercolour(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Washes that pool at their edges and granulate in the paper, with the sheet left bare around them."""
    small = reduced(rgb, 1050)
    shape = small.shape
    x, y = grids(shape)
    bleed = px(small, 5)
    grey = luma(small)
    # Faces are full of small edges: there the brush is careful and the colour runs less.
    busy = step(blur(f32(np.abs(grey - blur(grey, px(small, 6)))), px(small, 14)), 0.008, 0.035)
    calm = np.float32(bleed) * (1 - 0.75 * busy)
    x += noise(rng, shape, px(small, 18)) * calm
    y += noise(rng, shape, px(small, 18)) * calm
    wash = painted(u8(painted(small, px(small, 14))), px(small, 10))
    detail = painted(small, px(small, 4))
    wash = sample(mix(wash, detail, f32(0.3 + 0.5 * busy)), x, y)
    wash = saturate(f32(1 - np.clip(1 - wash, 0, 1) ** 1.12 * 0.92), 1.5)
    grey = f32(wash @ f32((0.3, 0.59, 0.11)))
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)
    pooled = blur(f32(np.clip(np.hypot(gx, gy) * 1.1, 0, 0.5)), px(small, 2.0))
    flow = edge_flow(luma(small), px(small, 9))
    pencilled = 1 - step(contour(luma(small), sigma=px(small, 1.6), flow=flow, steps=4), -0.03, 0.0)
    density = (
        1 + 1.5 * pooled + 0.13 * noise(rng, shape, px(small, 60)) + 0.07 * noise(rng, shape, px(small, 14))
    )
    density += 0.05 * noise(rng, shape, px(small, 2.4))
    density, wash = enlarged(f32(density), rgb), np.clip(enlarged(wash, rgb), 0, 1)
    tooth = noise(rng, density.shape, px(rgb, 2.2))
    density = np.clip(density + 0.07 * tooth, 0.3, 2.4)[:, :, None]
    # Pigment of density d turns a colour c into c - (c - c²)(d - 1): thin is pale, thick is deep.
    stained = np.clip(wash - (wash - wash * wash) * (density - 1), 0, 1)
    stained = stained * (1 - 0.35 * enlarged(f32(pencilled), rgb)[:, :, None])
    cover = _ragged_edge(rng, rgb)
    rim = np.exp(-(((cover - 0.35) / 0.18) ** 2)) * 0.16
    stained = np.clip(stained - rim[:, :, None] * (1 - stained * 0.4), 0, 1)
    sheet = ink((252, 250, 244)) * paper(rng, rgb.shape, grain=px(rgb, 2.6), tooth=0.022)[:, :, None]
    return u8(f32(sheet * (1 - step(cover, 0.0, 0.3)[:, :, None] * (1 - stained))))


def _ragged_edge(rng: np.random.Generator, rgb: Picture) -> Plane:
    """How far inside the painted area: 0 on the bare margin, 1 well inside."""
    height, width = rgb.shape[:2]
    x, y = grids((height, width))
    near = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / np.float32(px(rgb, 1))
    torn = noise(rng, (height, width), px(rgb, 40)) * 13 + noise(rng, (height, width), px(rgb, 7)) * 3.5
    return f32(np.clip((near - 58 + torn) / 22, 0, 1))
