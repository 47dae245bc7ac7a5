"""The mix holds every voice at its time and level, and never clips."""

import av
import numpy as np
import pytest

from mediacore import mixdown

RATE = mixdown.RATE


def tone(hertz, seconds, level=0.3):
    t = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def pieces(samples, start, size=960):
    return [(start + n, samples[n : n + size]) for n in range(0, len(samples), size)]


def mixed(voices, length):
    return np.concatenate(list(mixdown.mix(sorted(voices, key=lambda v: v[0]), length)))


def test_two_voices_are_summed_where_they_overlap():
    one, two = tone(300, 0.5), tone(700, 0.5)
    whole = mixed(pieces(one, 0) + pieces(two, 12_000), 48_000)
    expected = np.zeros(48_000, np.float32)
    expected[: len(one)] += one
    expected[12_000 : 12_000 + len(two)] += two
    np.testing.assert_allclose(whole, expected, atol=1e-6)


def test_silence_fills_gaps_and_the_end():
    whole = mixed(pieces(tone(300, 0.1), 40_000), 96_000)
    assert len(whole) == 96_000
    assert not whole[:40_000].any()
    assert whole[40_000:44_800].any()
    assert not whole[44_800:].any()


def test_nobody_speaks():
    assert not mixed([], 1000).any()
    assert len(mixed([], 1000)) == 1920, "rounded up to whole blocks"


def test_what_comes_after_the_end_is_left_out():
    assert len(mixed(pieces(tone(300, 1.0), 0), 4800)) == 4800


@pytest.mark.parametrize("size", [120, 960, 2880, 5760])
def test_packets_of_every_length_opus_has(size):
    voice = tone(300, 0.48)
    np.testing.assert_allclose(mixed(pieces(voice, 7, size), 30_000)[7 : 7 + 23_040], voice)


def test_loud_voices_are_bent_not_cut():
    loud = mixdown.soft_clip(np.linspace(-3, 3, 1001, dtype=np.float32))
    assert np.abs(loud).max() <= 1
    assert (np.diff(loud) >= 0).all()
    quiet = np.linspace(-0.8, 0.8, 101, dtype=np.float32)
    np.testing.assert_array_equal(mixdown.soft_clip(quiet), quiet)


def test_opus_comes_out_as_it_went_in():
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "flt"
    decoder, heard = mixdown.voice_decoder(), []
    for _, part in pieces(tone(440, 1.0), 0):
        frame = av.AudioFrame.from_ndarray(np.repeat(part, 2).reshape(1, -1), "flt", "stereo")
        frame.sample_rate = RATE
        heard += [mixdown.decode(decoder, bytes(packet)) for packet in encoder.encode(frame)]
    voice = np.concatenate(heard)[4800:]
    assert np.abs(voice).max() == pytest.approx(0.3, abs=0.05)
    spectrum = np.abs(np.fft.rfft(voice))
    assert np.fft.rfftfreq(len(voice), 1 / RATE)[spectrum.argmax()] == pytest.approx(440, abs=2)


def test_a_damaged_packet_is_silence():
    decoder = mixdown.voice_decoder()
    assert len(mixdown.decode(decoder, b"\xff" * 3)) in (0, 960, 2880, 5760)
    assert mixdown.decode(decoder, b"\x7b\xff\xff").dtype == np.float32
