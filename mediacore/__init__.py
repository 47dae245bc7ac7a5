"""Media of a contact centre: rooms, sessions, tracks, recordings, and the `mediacore` command.

Map of the files:

- engine.py       MediaEngine: the one door to the native media shard
- session.py      MediaSession: one participant's connection (offer and answer, mute, leave)
- commands.py     what the shard is told, as typed messages
- events.py       what the shard says, as typed messages; Track
- recording.py    Recorder: captures a room, makes the file after the call, finishes crashed ones
- remux.py        from track logs to one playable file (runs in a worker process)
- mixdown.py      the file's first audio track: all voices in one
- track.py        one track log as the remuxer sees it: its place in time, its pictures' size
- durable.py      files that are there whole or not at all
- config.py       reading and checking mediacore.toml
- settings.py     every setting, its meaning and its limits
- config_text.py  settings in words: the commented sample, what a setting should be
- time_zone.py    time zones by name
- toml_lines.py   where in a TOML text a setting stands
- doctor.py       `mediacore doctor`: is this machine fit to serve?
- cli.py          the `mediacore` command; subcommands are plug-ins
- client.py       MediacoreClient: the HTTP and WebSocket protocol from the other side
- errors.py       every exception raised here, and what the caller can do about it
- _bridge.py      the only importer of the compiled module in this package
"""
