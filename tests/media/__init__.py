"""What the tests' cameras and microphones see and hear, and how to recognise it at the other end.

- `pattern`: a moving picture that carries its owner and frame number in cells no codec can blur.
- `speech`: a spoken sentence per person, and a detector that finds it again in decoded sound.
- `files`: both as files for Chromium's fake devices, made once and kept under `.cache/`.
"""
