"""A real server process and real browsers for the tests that go through the whole house.

- `waiting`: the one place where a test polls, for the state of another process.
- `server`: the `mediacore` command as a process of its own, on free ports, in its own folder.
- `participant`: a visitor, agent or supervisor in a Chromium of their own.
- `strangers`: datagrams from someone who has no business on the media port.
- `playback`: what a finished recording shows and sounds like.
"""
