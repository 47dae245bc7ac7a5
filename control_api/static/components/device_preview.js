// Camera and microphone before a call: what they give, which ones to use, and what to do when they
// are refused, missing or busy.

import { html, useEffect, useMemo, useRef } from "../html.js";
import { useChange } from "../hooks.js";
import { t } from "../language.js";
import { followLevel } from "../level_meter.js";
import { Icon } from "./icon.js";
import { VideoTile } from "./video_tile.js";

export function DevicePreview({ devices, name, compact = false }) {
  useChange(devices);
  const { camera, microphone } = devices.tracks;
  const stream = useMemo(() => (camera ? new MediaStream([camera]) : null), [camera]);
  const seen = devices.needs("camera");
  if (!seen && devices.status === "settled") {
    return html`<section class="preview" aria-label=${t("devices.microphone")} data-testid="preview-voice">
      <p class="lead">${t("devices.voice")}</p>
      ${microphone && html`<${LevelMeter} track=${microphone} on=${devices.on.microphone} />`}
      ${devices.hasProblem && html`<${DeviceProblem} devices=${devices} />`}
      ${!compact && html`<${DeviceChoice} devices=${devices} />`}
    </section>`;
  }
  return html`<section class="preview ${compact ? "is-compact" : ""}" aria-label=${t("devices.title")}>
    <div class="preview-picture">
      ${devices.status === "settled"
        ? html`<${VideoTile}
            stream=${stream}
            name=${name}
            mirrored=${!devices.simulated.camera}
            testid="preview-video"
            label=${devices.simulated.camera ? t("devices.test_picture") : ""}
          />`
        : html`<${Invitation} devices=${devices} />`}
      ${devices.status === "settled" && html`<${PreviewButtons} devices=${devices} />`}
    </div>
    ${microphone && html`<${LevelMeter} track=${microphone} on=${devices.on.microphone} />`}
    ${devices.status === "settled" && devices.hasProblem && html`<${DeviceProblem} devices=${devices} />`}
    ${devices.status === "settled" && !compact && html`<${DeviceChoice} devices=${devices} />`}
  </section>`;
}

function Invitation({ devices }) {
  const asking = devices.status === "asking";
  const seen = devices.needs("camera");
  const invitation = t(seen ? "devices.invitation" : "devices.invitation_voice");
  return html`<div class="invitation">
    <span class="invitation-icon"><${Icon} name=${seen ? "camera" : "microphone"} size=${30} /></span>
    <p>${asking ? t("devices.asking") : invitation}</p>
    ${!asking &&
    html`<button
      type="button"
      class="button"
      data-testid="devices-start"
      onClick=${() => devices.start()}
    >
      ${t(seen ? "devices.start" : "devices.start_voice")}
    </button>`}
  </div>`;
}

function PreviewButtons({ devices }) {
  const button = (source) => {
    if (!devices.publishes(source)) return null;
    const on = devices.on[source];
    const name = t(`call.${source}_${on ? "off" : "on"}`);
    return html`<button
      type="button"
      class="button is-stage is-icon ${on ? "" : "is-off"}"
      data-testid=${`preview-${source}`}
      aria-label=${name}
      title=${name}
      onClick=${() => devices.turn(source, !on)}
    >
      <${Icon} name=${on ? source : `${source}_off`} />
    </button>`;
  };
  return html`<div class="preview-buttons">${button("microphone")}${button("camera")}</div>`;
}

function LevelMeter({ track, on }) {
  const element = useRef(null);
  useEffect(() => {
    if (!on) {
      element.current.style.setProperty("--level", 0);
      return undefined;
    }
    return followLevel(track, (level) => element.current?.style.setProperty("--level", level));
  }, [track, on]);
  return html`<div class="meter" data-testid="microphone-level">
    <${Icon} name=${on ? "microphone" : "microphone_off"} size=${16} />
    <span class="meter-track"><span class="meter-level" ref=${element}></span></span>
    <span class="meter-hint">${on ? t("devices.speak") : t("devices.muted")}</span>
  </div>`;
}

// One card for both, unless they fail for different reasons.
export function DeviceProblem({ devices, children }) {
  const { camera, microphone } = devices.problems;
  const both = camera && camera === microphone;
  const problem = microphone ?? camera;
  const subject = both ? "both" : microphone ? "microphone" : "camera";
  return html`<div class="problem" role="alert" data-testid="device-problem" data-problem=${problem}>
    <strong>${t(`devices.${problem}_title`, { device: t(`devices.subject_${subject}`) })}</strong>
    <p>${t(`devices.${problem}_text`)}</p>
    <div class="actions">
      <button type="button" class="button is-small" data-testid="devices-retry" onClick=${() => devices.start()}>
        ${t("devices.retry")}
      </button>
      <button
        type="button"
        class="button is-small"
        data-testid="devices-simulate"
        onClick=${() => devices.simulateMissing()}
      >
        ${t(`devices.simulate_${subject}`)}
      </button>
      ${children}
    </div>
    ${!microphone && html`<p class="hint">${t("devices.voice_only")}</p>`}
  </div>`;
}

function DeviceChoice({ devices }) {
  const choice = (source) => {
    const list = devices.choices[source];
    if (list.length < 2 || !devices.needs(source)) return null;
    return html`<label class="field is-small">
      <span class="field-label">${t(`devices.${source}`)}</span>
      <select
        data-testid=${`choose-${source}`}
        value=${devices.chosenId(source)}
        onChange=${(event) => devices.choose(source, event.target.value)}
      >
        ${list.map(({ deviceId, label }) => html`<option value=${deviceId}>${label}</option>`)}
      </select>
    </label>`;
  };
  return html`<div class="choices">${choice("camera")}${choice("microphone")}</div>`;
}
