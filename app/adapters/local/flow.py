"""Lines and smoothing that follow the forms in a picture: the base of everything drawn or painted."""

import cv2
import numpy as np

from app.adapters.local.base import Picture, Plane, blur, even_luma, f32, grids, luma, px, sample, u8, unit

Flow = tuple[Plane, Plane]


def edge_flow(grey: Plane, sigma: float, *, soften: float = 1.0) -> Flow:
    """The direction along the edges at every pixel, as unit vectors (either sign).

    `soften` (pixels) keeps camera noise from steering where there is no edge.
    """
    soft = blur(grey, soften)
    gx = f32(cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3))
    gy = f32(cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3))
    xx, yy, xy = blur(gx * gx, sigma), blur(gy * gy, sigma), blur(gx * gy, sigma)
    # The tensor's main direction lies across the edge; a quarter turn on lies along it.
    angle = f32(0.5 * np.arctan2(2 * xy, xx - yy)) + np.float32(np.pi / 2)
    return f32(np.cos(angle)), f32(np.sin(angle))


def along(plane: Plane, flow: Flow, steps: int, stride: float = 1.0) -> Plane:
    """The plane averaged along the flow, `steps` strides to both sides: noise becomes strokes."""
    x0, y0 = grids(plane.shape)
    total = plane.copy()
    for sign in (1.0, -1.0):
        x, y = x0, y0
        vx, vy = flow[0] * np.float32(sign), flow[1] * np.float32(sign)
        for _ in range(steps):
            x, y = x + vx * np.float32(stride), y + vy * np.float32(stride)
            total += sample(plane, x, y)
            nx = f32(cv2.remap(flow[0], x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT))
            ny = f32(cv2.remap(flow[1], x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT))
            same_way = np.copysign(np.float32(1), nx * vx + ny * vy)
            vx, vy = nx * same_way, ny * same_way
    return f32(total / (2 * steps + 1))


def contour(
    grey: Plane, *, sigma: float, flow: Flow | None = None, steps: int = 4, keep: float = 0.98
) -> Plane:
    """Difference of two blurs, made coherent along the edges: negative where a draughtsman puts a line.

    `keep` below 1 also lets dark areas go negative (solid blacks).
    """
    fine = blur(grey, sigma)
    difference = fine - np.float32(keep) * blur(grey, sigma * 1.6)
    return along(f32(difference), flow, steps, max(1.0, sigma)) if flow else f32(difference)


def painted(rgb: Picture, radius: float, *, flow: Flow | None = None) -> Plane:
    """Each pixel takes the calmest of eight neighbourhoods around it: flat dabs with crisp edges (0..1 RGB).

    A Kuwahara filter whose neighbourhoods are one blurred picture, read at eight places; with a flow the
    dabs are drawn out along the forms.
    """
    colour = unit(rgb)
    grey = luma(rgb)
    mean = blur(colour, radius * 0.5)
    first = blur(grey, radius * 0.5)
    spread = np.maximum(blur(grey * grey, radius * 0.5) - first * first, 0)
    stack = f32(np.dstack([mean, spread]))
    x0, y0 = grids(grey.shape)
    total = np.zeros_like(colour)
    weights = np.zeros_like(grey)
    for corner in range(8):
        u = radius * float(np.cos(np.pi * corner / 4))
        v = radius * float(np.sin(np.pi * corner / 4))
        if flow:
            # Twice as long along the edge as across it.
            x = x0 + flow[0] * (u * 1.3) - flow[1] * (v * 0.65)
            y = y0 + flow[1] * (u * 1.3) + flow[0] * (v * 0.65)
        else:
            x, y = x0 + np.float32(u), y0 + np.float32(v)
        here = sample(stack, f32(x), f32(y))
        weight = f32(1 / (1e-4 + here[:, :, 3]) ** 2)
        total += here[:, :, :3] * weight[:, :, None]
        weights += weight
    return f32(total / weights[:, :, None])


def flat_tones(rgb: Picture, radius: float, *, clip: float) -> Plane:
    """Evened brightness as calm areas with crisp borders, to be cut into steps; `radius` as for 2400 px."""
    evened = u8(np.repeat(even_luma(rgb, clip)[:, :, None], 3, axis=2))
    once = u8(painted(evened, px(rgb, radius)))
    return f32(painted(once, px(rgb, radius * 0.7))[:, :, 0])
