"""A spoken sentence per person, and a detector that finds it again after codec and network."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.pattern import Owner

SAMPLE_RATE = 48_000

# Different voices and rhythms, so that one is not mistaken for the other.
_SCRIPTS: dict[Owner, tuple[str, str]] = {
    Owner.VISITOR: (
        "en+f3",
        "Good morning. My router blinks red, and nothing I try brings it back. Can you see it?",
    ),
    Owner.AGENT: (
        "en-us+m2",
        "Yes. Please hold it up. Now press the small button for ten seconds, then let go.",
    ),
}
# The envelope is taken in steps this long: shorter than a syllable, longer than a packet's jitter.
_STEP = SAMPLE_RATE // 50
_SILENCE_DB = -60.0


def speak(owner: Owner) -> NDArray[np.int16]:
    """Let espeak-ng say the owner's sentence: mono, SAMPLE_RATE, with a pause before it loops."""
    voice, text = _SCRIPTS[owner]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        command = ["espeak-ng", "-v", voice, "-s", "150", "-w", path, text]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(path)) as spoken:
            rate = spoken.getframerate()
            samples = np.frombuffer(spoken.readframes(spoken.getnframes()), np.int16).astype(float)
    moments = np.arange(0, len(samples) / rate, 1 / SAMPLE_RATE)
    resampled = np.interp(moments, np.arange(len(samples)) / rate, samples)
    loud = resampled / np.abs(resampled).max() * 0.6 * 32767
    pause = np.zeros(SAMPLE_RATE // 2)
    whole = np.concatenate([loud, pause])
    return whole[: len(whole) // _STEP * _STEP].astype(np.int16)


def _envelope(samples: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Loudness per step in dB, floored at silence."""
    scale = 32768.0 if np.issubdtype(samples.dtype, np.integer) else 1.0
    steps = (samples[: len(samples) // _STEP * _STEP].astype(float) / scale).reshape(-1, _STEP)
    return np.maximum(20 * np.log10(np.sqrt((steps**2).mean(axis=1)) + 1e-9), _SILENCE_DB)


def loudness_db(samples: NDArray[np.floating | np.integer]) -> float:
    """The mean loudness of the louder half: what speech has and silence has not."""
    envelope = np.sort(_envelope(samples))
    return float(envelope[len(envelope) // 2 :].mean())


def likeness(samples: NDArray[np.floating | np.integer], reference: NDArray[np.int16]) -> float:
    """How well mono sound at SAMPLE_RATE follows the looped reference, -1 to 1.

    The best correlation of the two loudness curves over all shifts.

    Speech against itself through a codec gives 0.7 to 1, against another sentence below 0.5.
    """
    heard, spoken = _envelope(samples), _envelope(reference)
    window = min(len(heard), 2 * len(spoken))
    looped = np.tile(spoken, window // len(spoken) + 2)
    # The start of a call may be silent, so the liveliest window is compared.
    starts = range(0, len(heard) - window + 1, 25)
    start = max(starts, key=lambda at: float(heard[at : at + window].std()))
    piece = heard[start : start + window]
    if piece.std() < 1.0:
        return 0.0
    piece = (piece - piece.mean()) / piece.std()
    best = -1.0
    for shift in range(len(spoken)):
        part = looped[shift : shift + window]
        best = max(best, float((piece * (part - part.mean())).mean() / part.std()))
    return best
