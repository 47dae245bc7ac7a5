// The pictures of a running call: the other person large, or their screen with the face beside it,
// the own picture in a corner, and over it whatever has to be said about the state of the call.

import { html, useMemo, useState } from "../html.js";
import { useChange, useNow } from "../hooks.js";
import { clockText, t } from "../language.js";
import { DeviceProblem } from "./device_preview.js";
import { Icon } from "./icon.js";
import { VideoTile, Voices } from "./video_tile.js";

/** The others' tracks of one source that can be shown now. */
export function shown(call, source) {
  return call.remote.filter((track) => track.source === source && track.stream && !track.muted);
}

/**
 * me, peer: the two names; held, waiting: what to say while the call is on hold, or nobody is there
 * yet; recording: what stands at the top beside the name; since: when the call began.
 */
export function Stage({ call, devices, me, peer, held, waiting, recording, since, clock, children }) {
  useChange(call);
  useChange(devices);
  const [screen] = shown(call, "screen");
  // The visitor before a colleague who is in the call as well.
  const cameras = shown(call, "camera").sort((a, b) => b.role.localeCompare(a.role));
  const [camera, third] = cameras;
  const voices = call.remote.filter(({ kind, stream }) => kind === "audio" && stream);
  const micMuted = call.remote.some(({ source, muted }) => source === "microphone" && muted);
  const ownTrack = devices.tracks.camera;
  const own = useMemo(() => (ownTrack ? new MediaStream([ownTrack]) : null), [ownTrack]);
  const present = call.remote.length > 0;

  return html`<div class="stage" data-testid="stage" data-status=${call.status}>
    <div class="stage-pictures ${screen ? "has-screen" : ""} ${held ? "is-held" : ""}">
      <${VideoTile}
        stream=${(screen ?? camera)?.stream ?? null}
        name=${peer}
        fit=${screen ? "contain" : "face"}
        testid=${screen ? "remote-screen" : "remote-video"}
        label=${screen ? t("call.screen_of", { name: peer }) : ""}
      />
      ${screen &&
      html`<div class="beside">
        <${VideoTile} small stream=${camera?.stream ?? null} name=${peer} testid="remote-video" label=${peer} muted=${micMuted} />
      </div>`}
      ${third &&
      html`<div class="beside is-third">
        <${VideoTile} small stream=${third.stream} name=${third.name} testid="third-video" label=${third.name} />
      </div>`}
      ${devices.needs("camera") &&
      html`<div class="own ${own ? "" : "is-off"}">
        <${VideoTile}
          small
          stream=${own}
          name=${me}
          mirrored=${!devices.simulated.camera}
          testid="own-video"
          label=${t("call.you")}
          muted=${!devices.on.microphone}
        />
      </div>`}
    </div>

    <div class="stage-head">
      <span class="stage-title">
        <span class="stage-name">${peer}</span>
        ${micMuted && html`<${Icon} name="microphone_off" size=${16} />`}
        ${since && html`<${Elapsed} since=${since} clock=${clock} />`}
        <${Feel} statistics=${call.statistics} />
      </span>
      ${recording}
    </div>

    <div class="stage-notes" aria-live="assertive">
      ${held && html`<${Note} icon="pause" testid="on-hold" text=${held} />`}
      ${call.status === "reconnecting" &&
      html`<${Note} spinner testid="call-reconnecting" text=${t("call.reconnecting")} />`}
      ${!held &&
      call.status !== "reconnecting" &&
      !present &&
      html`<${Note} spinner testid="call-waiting" text=${waiting} />`}
    </div>
    ${call.sharing &&
    html`<div class="sharing" role="status" data-testid="sharing">
      <${Icon} name="screen" size=${18} />${t("call.sharing")}
      <button type="button" class="button is-stage is-small" onClick=${() => call.unshare()}>
        ${t("call.share_stop")}
      </button>
    </div>`}
    <${MissingDevices} devices=${devices} />
    <${Voices} streams=${voices} />
    ${children}
  </div>`;
}

// The call goes on without them; who means to talk without a camera closes the card.
function MissingDevices({ devices }) {
  const problem = `${devices.problems.camera} ${devices.problems.microphone}`;
  const [closed, setClosed] = useState("");
  if (devices.status !== "settled" || !devices.hasProblem || closed === problem) return null;
  return html`<div class="stage-problem card">
    <${DeviceProblem} devices=${devices}>
      <button
        type="button"
        class="button is-small is-quiet"
        data-testid="device-problem-close"
        onClick=${() => setClosed(problem)}
      >
        ${t("action.close")}
      </button>
    <//>
  </div>`;
}

function Note({ icon, spinner, text, testid }) {
  return html`<p class="stage-note" data-testid=${testid}>
    ${spinner ? html`<span class="spinner"></span>` : html`<${Icon} name=${icon} size=${20} />`}${text}
  </p>`;
}

export function Elapsed({ since, clock }) {
  const now_ms = useNow(clock);
  return html`<time class="elapsed" data-testid="elapsed">${clockText((now_ms - Date.parse(since)) / 1000)}</time>`;
}

function Feel({ statistics }) {
  const feel = statistics?.feel;
  if (!feel) return null;
  const name = t(`call.quality_${feel}`);
  return html`<span class="feel is-${feel}" role="img" aria-label=${name} title=${name} data-testid="quality">
    <${Icon} name="signal" size=${16} />
  </span>`;
}

/** The red dot. `recording` is the contact's recording state. */
export function RecordingSign({ recording, children }) {
  if (recording !== "on") return null;
  return html`<span class="recording" role="status" data-testid="recording">
    <span class="recording-dot"></span><span>${t("call.recorded")}</span>${children}
  </span>`;
}
