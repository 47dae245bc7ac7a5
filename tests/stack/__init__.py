"""A real server process and real browsers for the tests that go through the whole house.

- `waiting`: the one place where a test polls, for the state of another process.
- `server`: the `mediacore` command as a process of its own, on free ports, in its own folder.
- `participant`: somebody in front of a Chromium of their own, and what their page decodes.
- `cast`: visitors, agents and supervisors on their pages, up to the running call.
- `pages`: visitors and agents without a browser, over the WebSocket.
- `rtc`: an independent WebRTC client for WHIP and WHEP.
- `strangers`: datagrams from someone who has no business on the media port.
- `recordings`, `playback`: a finished recording, and what it shows and sounds like.
"""
