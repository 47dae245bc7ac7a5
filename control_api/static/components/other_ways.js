// What a visitor may do instead of waiting: be called back, or leave a message.

import { html, useState } from "../html.js";
import { t, tCode } from "../language.js";
import { VoiceRecorder } from "./voice_recorder.js";

const CALL_TO_MAX_CHARS = 200;
const MESSAGE_MAX_CHARS = 4000;

/** `onCallback({to})` and `onMessage(text, sound)`, where `sound` is a Blob or null, return promises;
 * a rejected one's code is shown. */
export function OtherWays({ offers, onCallback, onMessage }) {
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const [sound, setSound] = useState(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  if (!offers?.length) return null;

  const choose = async (way) => {
    setBusy(true);
    setError(null);
    try {
      await way();
    } catch (failure) {
      setError(tCode("error", failure.code));
    }
    setBusy(false);
  };

  return html`<div class="other-ways" data-testid="other-ways">
    ${offers.includes("callback") &&
    html`<div class="other-way">
      <label class="field">
        <span class="field-label">${t("callback.to")}</span>
        <input
          type="text"
          value=${to}
          maxlength=${CALL_TO_MAX_CHARS}
          placeholder=${t("callback.to_hint")}
          data-testid="callback-to"
          onInput=${(event) => setTo(event.target.value)}
        />
      </label>
      <button
        type="button"
        class="button"
        data-testid="callback"
        disabled=${busy || !to.trim()}
        onClick=${() => choose(() => onCallback({ to: to.trim() }))}
      >
        ${t("callback.ask")}
      </button>
    </div>`}
    ${offers.includes("message") &&
    html`<div class="other-way">
      <label class="field">
        <span class="field-label">${t("message.label")}</span>
        <textarea
          rows="3"
          value=${text}
          maxlength=${MESSAGE_MAX_CHARS}
          data-testid="message-text"
          onInput=${(event) => setText(event.target.value)}
        ></textarea>
      </label>
      <${VoiceRecorder} sound=${sound} onSound=${setSound} />
      <button
        type="button"
        class="button"
        data-testid="message-send"
        disabled=${busy || (!text.trim() && !sound)}
        onClick=${() => choose(() => onMessage(text.trim(), sound))}
      >
        ${t("message.send")}
      </button>
    </div>`}
    <p class="field-error" role="alert">${error}</p>
  </div>`;
}
