// One moving picture, or the person's initial where there is none; and the players of the voices.

import { Fragment, html, useEffect, useRef, useState } from "../html.js";
import { t } from "../language.js";
import { Icon } from "./icon.js";

/** Follows a stream with a <video> or <audio> element. onBlocked: the browser wants a click first. */
function usePlayer(stream, onBlocked) {
  const element = useRef(null);
  useEffect(() => {
    const player = element.current;
    if (!player) return;
    player.srcObject = stream;
    if (stream) {
      player.play().catch((error) => {
        if (error.name === "NotAllowedError") onBlocked?.();
      });
    }
  }, [stream]);
  return element;
}

/** fit: "cover" for faces, "contain" for screens and wherever nothing may be cut off. */
export function VideoTile({ stream, name, muted, mirrored, fit = "cover", label, testid, small }) {
  const element = usePlayer(stream);
  return html`<figure class="tile ${small ? "is-small" : ""}" data-testid=${testid}>
    ${stream
      ? html`<video
          ref=${element}
          class="tile-video is-${fit} ${mirrored ? "is-mirrored" : ""}"
          autoplay
          playsinline
          muted
          aria-label=${label || name}
        ></video>`
      : html`<${Initial} name=${name} small=${small} />`}
    ${(label || muted) &&
    html`<figcaption class="tile-label">
      ${muted && html`<${Icon} name="microphone_off" size=${14} />`}
      <span>${label}</span>
    </figcaption>`}
  </figure>`;
}

export function Initial({ name, small }) {
  const first = Array.from(name?.trim() || "·")[0].toUpperCase();
  return html`<div class="initial ${small ? "is-small" : ""}" aria-hidden="true"><span>${first}</span></div>`;
}

/** Plays every given audio stream: [{id, stream}]. */
export function Voices({ streams }) {
  const [blocked, setBlocked] = useState(false);
  const [attempt, setAttempt] = useState(0);
  return html`<${Fragment}>
    ${streams.map(
      ({ id, stream }) =>
        html`<${Voice} key=${`${id} ${attempt}`} stream=${stream} onBlocked=${() => setBlocked(true)} />`,
    )}
    ${blocked &&
    html`<button
      type="button"
      class="button is-primary sound-unblock"
      data-testid="sound-unblock"
      onClick=${() => {
        setBlocked(false);
        setAttempt(attempt + 1);
      }}
    >
      <${Icon} name="sound" />${t("call.sound_blocked")}
    </button>`}
  <//>`;
}

function Voice({ stream, onBlocked }) {
  const element = usePlayer(stream, onBlocked);
  return html`<audio ref=${element} autoplay data-testid="remote-audio"></audio>`;
}
