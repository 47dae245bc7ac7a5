"""A 1280x720 picture that says who sent it and which frame it is.

A row of sixteen cells along the top carries the bits, a row along the bottom carries their
inverse. A bit is read by comparing the two cells of a column, so neither scaling, nor brightness,
nor a codec at 500 kbit/s disturbs it:

    column   0   1   2   3   4 ... 12   13 14 15
    meaning  1   0   owner   number     checksum
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FRAME_RATE = 1280, 720, 30
LOOP_FRAMES = 10 * FRAME_RATE

_COLUMNS = 16
_CELL = WIDTH // _COLUMNS
_NUMBER_BITS, _CHECK_BITS = 9, 3
# Black and white as video means them; a pair of cells nearer than this belongs to another picture.
_BLACK, _WHITE, _LEAST_CONTRAST = 16, 235, 60


class Owner(enum.IntEnum):
    """Whose camera made the picture."""

    VISITOR = 1
    AGENT = 2


# What is added to the blue of a picture, for people who look at the screenshots.
_TINT = {Owner.VISITOR: 24, Owner.AGENT: 60}


@dataclass(frozen=True)
class Mark:
    """What one frame says of itself."""

    owner: Owner
    number: int


def _checksum(owner: int, number: int) -> int:
    return (number ^ number >> 3 ^ number >> 6 ^ owner * 5) & 0b111


def _bits(mark: Mark) -> list[int]:
    word = mark.owner << _NUMBER_BITS | mark.number
    word = word << _CHECK_BITS | _checksum(mark.owner, mark.number)
    return [1, 0] + [word >> shift & 1 for shift in reversed(range(_COLUMNS - 2))]


def draw(mark: Mark) -> NDArray[np.uint8]:
    """Draw a frame as planar YUV 4:2:0, shape (HEIGHT * 3 // 2, WIDTH).

    Between the rows of cells drifts a texture: about the work that a moving person gives a codec.
    """
    turn = 2 * np.pi * mark.number / LOOP_FRAMES
    x = np.arange(WIDTH)[None, :] / WIDTH
    y = np.arange(HEIGHT)[:, None] / HEIGHT
    slow = np.sin(9 * x + 4 * turn) + np.sin(7 * y - 3 * turn)
    fast = np.sin(40 * (x + y) + 12 * turn)
    luma = 125 + 35 * slow + 12 * fast
    centre_x, centre_y = 0.5 + 0.3 * np.cos(2 * turn), 0.5 + 0.2 * np.sin(2 * turn)
    ball = (x - centre_x) ** 2 * (WIDTH / HEIGHT) ** 2 + (y - centre_y) ** 2 < 0.02
    luma[ball] = 210
    for column, bit in enumerate(_bits(mark)):
        span = slice(column * _CELL, (column + 1) * _CELL)
        luma[:_CELL, span] = _WHITE if bit else _BLACK
        luma[-_CELL:, span] = _BLACK if bit else _WHITE
    frame = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    frame[:HEIGHT] = luma.clip(16, 235)
    chroma = HEIGHT + HEIGHT // 4
    frame[HEIGHT:chroma] += _TINT[mark.owner]
    return frame


def read(picture: NDArray[np.uint8]) -> Mark | None:
    """Read a decoded frame of any size, shape (height, width) or (height, width, colours).

    None if it is not one of ours.
    """
    grey = picture if picture.ndim == 2 else picture[..., :3].mean(axis=2)
    height, width = grey.shape
    # The cells' share of the height is fixed by the 16:9 frame they were drawn in.
    cell_height, cell_width = height * _CELL / HEIGHT, width / _COLUMNS
    top = slice(int(cell_height * 0.3), max(int(cell_height * 0.7), int(cell_height * 0.3) + 1))
    bottom = slice(height - top.stop, height - top.start)
    bits = []
    for column in range(_COLUMNS):
        middle = slice(int((column + 0.3) * cell_width), int((column + 0.7) * cell_width) + 1)
        contrast = float(grey[top, middle].mean()) - float(grey[bottom, middle].mean())
        if abs(contrast) < _LEAST_CONTRAST:
            return None
        bits.append(int(contrast > 0))
    word = int("".join(map(str, bits[2:])), 2)
    number = word >> _CHECK_BITS & (1 << _NUMBER_BITS) - 1
    owner = word >> _CHECK_BITS + _NUMBER_BITS
    if bits[:2] != [1, 0] or owner not in list(Owner) or word & 0b111 != _checksum(owner, number):
        return None
    return Mark(Owner(owner), number)


def is_fake_screen(picture: NDArray[np.uint8]) -> bool:
    """Whether an RGB frame is what Chromium's fake screen shows: a turning disc, all in green."""
    red, green, blue = picture.reshape(-1, 3).mean(axis=0)
    return bool(green > 90 and red < 60 and blue < 60)
