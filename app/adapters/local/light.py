"""Styles made of light: vintage film and neon."""

import cv2
import numpy as np

from app.adapters.local.base import (
    Params,
    Picture,
    Plane,
    blur,
    enlarged,
    even_luma,
    f32,
    gradient_map,
    grids,
    ink,
    luma,
    mix,
    noise,
    px,
    reduced,
    saturate,
    step,
    u8,
    unit,
    vignette,
)
from app.adapters.local.flow import contour, edge_flow

_CURVES = (
    ((0.0, 0.085), (0.25, 0.26), (0.5, 0.57), (0.75, 0.83), (1.0, 0.985)),
    ((0.0, 0.065), (0.25, 0.235), (0.5, 0.51), (0.75, 0.785), (1.0, 0.945)),
    ((0.0, 0.125), (0.25, 0.27), (0.5, 0.46), (0.75, 0.67), (1.0, 0.835)),
)


def film(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """A print from a summer of 1976: warm lights, lifted blacks, halation, a light leak, grain and dust."""
    table = np.zeros((1, 256, 3), np.uint8)
    for channel, curve in enumerate(_CURVES):
        xs, ys = zip(*curve, strict=True)
        table[0, :, channel] = np.round(np.interp(np.arange(256) / 255, xs, ys) * 255)
    toned = unit(np.asarray(cv2.LUT(rgb, table), dtype=np.uint8))
    toned = saturate(toned, 0.9)
    soft = blur(toned, px(rgb, 7))
    toned = mix(toned, soft, 0.16)
    halo = blur(step(luma(rgb), 0.78, 1.0), px(rgb, 26))
    toned += halo[:, :, None] * f32((0.20, 0.07, 0.02))
    leak = _light_leak(rng, rgb)
    toned = f32(1 - (1 - toned) * (1 - leak))
    grey = f32(toned @ f32((0.3, 0.59, 0.11)))
    grain = noise(rng, rgb.shape, px(rgb, 1.25)) * (0.03 * (1.15 - np.abs(grey - 0.42)))
    toned += grain[:, :, None]
    toned *= vignette(rgb.shape, 0.34)[:, :, None]
    toned = mix(toned, f32(ink((255, 240, 214))[None, None, :]), f32(_dust(rng, rgb) * 0.55))
    return u8(mix(ink((246, 241, 228))[None, None, :], toned, _print_border(rgb)))


def _light_leak(rng: np.random.Generator, rgb: Picture) -> Plane:
    height, width = rgb.shape[:2]
    x, y = grids((height // 8 + 1, width // 8 + 1))
    x, y = x / max(1.0, float(x.max())), y / max(1.0, float(y.max()))
    side = x if rng.random() < 0.5 else 1 - x
    centre = rng.uniform(0.2, 0.8)
    strength = np.exp(-((side / 0.16) ** 2)) * (0.35 + 0.65 * np.exp(-(((y - centre) / 0.35) ** 2)))
    core = np.exp(-((side / 0.05) ** 2)) * np.exp(-(((y - centre) / 0.22) ** 2))
    tint = strength[:, :, None] * f32((0.62, 0.22, 0.05)) + core[:, :, None] * f32((0.25, 0.25, 0.10))
    return enlarged(f32(tint), rgb)


def _dust(rng: np.random.Generator, rgb: Picture) -> Plane:
    height, width = rgb.shape[:2]
    specks = np.zeros((height, width), np.uint8)
    for _ in range(26):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(specks, spot, max(1, round(px(rgb, rng.uniform(0.8, 2.4)))), 255, -1, cv2.LINE_AA)
    for _ in range(5):
        start = np.array([rng.integers(width), rng.integers(height)])
        bends = np.cumsum(rng.normal(0, px(rgb, 9), (9, 2)), axis=0) + start
        cv2.polylines(specks, [bends.astype(np.int32)], False, 170, max(1, round(px(rgb, 1.2))), cv2.LINE_AA)
    return blur(f32(specks / 255), px(rgb, 0.7))


def _print_border(rgb: Picture) -> Plane:
    height, width = rgb.shape[:2]
    margin, radius = px(rgb, 62), px(rgb, 26)
    x, y = grids((height, width))
    outside_x = np.maximum(np.abs(x - width / 2) - (width / 2 - margin - radius), 0)
    outside_y = np.maximum(np.abs(y - height / 2) - (height / 2 - margin - radius), 0)
    return f32(1 - step(f32(np.hypot(outside_x, outside_y)), radius - 1.2, radius + 1.2))


def neon(rgb: Picture, rng: np.random.Generator, params: Params) -> Picture:
    """Bent glass tubes at night: glowing outlines over the picture in deep blue dusk."""
    small = reduced(rgb, 1150)
    grey = even_luma(small, 2.5)
    flow = edge_flow(grey, px(small, 12))
    fine = contour(grey, sigma=px(small, 2.6), flow=flow, steps=7, keep=1.0)
    # A dim, soft picture has lines too: what counts as one follows the picture's own edges.
    strength = float(np.clip(np.percentile(np.abs(fine), 95), 0.016, 0.06))
    tube = enlarged(f32(np.abs(fine) / strength), rgb)
    core = step(tube, 0.5, 1.25)
    shape = rgb.shape[:2]
    x, y = grids(grey.shape)
    phase = (x * np.float32(1.1) + y * np.float32(0.8)) / np.float32(max(grey.shape)) + np.float32(
        rng.random()
    )
    phase = phase + 0.14 * noise(rng, grey.shape, px(small, 130)) + 0.22 * grey
    stops = (
        (255, 40, 150),
        (255, 110, 60),
        (255, 60, 200),
        (120, 80, 255),
        (30, 200, 255),
        (60, 255, 190),
        (255, 40, 150),
    )
    colour = gradient_map(enlarged(f32(np.abs(phase % 1)), rgb), stops)
    dusk = even_luma(rgb, 1.5) * np.float32(0.92)
    night = gradient_map(f32(dusk), ((6, 6, 26), (34, 24, 92), (92, 54, 158), (186, 130, 220)))
    lit = colour * core[:, :, None]
    near, far = blur(f32(lit), px(rgb, 7)), blur(f32(lit), px(rgb, 34))
    wide = blur(f32(lit), px(rgb, 110))
    out = night * 0.8 * (0.75 + far * 1.4) + near * 0.85 + far * 0.75 + wide * 0.5
    out = 1 - (1 - np.clip(out, 0, 1)) * (1 - lit * 0.95)
    hot = step(tube, 1.1, 2.4)[:, :, None] * np.float32(0.75)
    return u8(f32((out + (1 - out) * hot) * vignette(shape, 0.3)[:, :, None]))
