// A spoken message: recorded, heard again, recorded anew.

import { html, useEffect, useRef, useState } from "../html.js";
import { clockText, t } from "../language.js";
import { Icon } from "./icon.js";

export const LENGTH_MAX_S = 120;
// Safari records mp4, the others WebM; the server takes all of these.
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS_PER_SECOND = 32_000;

/** What this browser records as; undefined where it can't. */
export function recordingType(Recorder = globalThis.MediaRecorder) {
  return TYPES.find((type) => Recorder?.isTypeSupported(type));
}

/** `sound` is the recorded Blob or null; `onSound` is given each new one, and null for none. */
export function VoiceRecorder({ sound, onSound }) {
  const [recorder, setRecorder] = useState(null);
  const [seconds, setSeconds] = useState(0);
  const [refused, setRefused] = useState(false);
  const [url, setUrl] = useState(null);
  const running = useRef(null);
  const type = recordingType();

  useEffect(() => {
    if (!sound) return setUrl(null);
    const made = URL.createObjectURL(sound);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [sound]);
  useEffect(() => {
    if (!recorder) return undefined;
    const began_ms = Date.now();
    const timer = setInterval(() => {
      const passed = (Date.now() - began_ms) / 1000;
      setSeconds(passed);
      if (passed >= LENGTH_MAX_S) stop();
    }, 250);
    return () => clearInterval(timer);
  }, [recorder]);
  // Who leaves the page's part leaves no microphone open.
  useEffect(() => () => release(running.current), []);

  const record = async () => {
    onSound(null);
    setRefused(false);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      setRefused(true);
      return;
    }
    const one = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    one.ondataavailable = ({ data }) => {
      if (running.current === one && data.size > 0) onSound(new Blob([data], { type: one.mimeType }));
      release(one);
      running.current = null;
      setRecorder(null);
    };
    running.current = one;
    setSeconds(0);
    one.start();
    setRecorder(one);
  };
  const stop = () => running.current?.state === "recording" && running.current.stop();

  if (!type || !globalThis.navigator?.mediaDevices) return null;
  return html`<div class="voice-recorder" data-testid="voice-recorder">
    ${recorder
      ? html`<button type="button" class="button is-danger" data-testid="voice-stop" onClick=${stop}>
          <${Icon} name="record" size=${17} />${t("voice.stop", { time: clockText(seconds) })}
        </button>`
      : html`<button type="button" class="button" data-testid="voice-record" onClick=${record}>
          <${Icon} name="microphone" size=${17} />${t(url ? "voice.again" : "voice.record")}
        </button>`}
    ${url && html`<audio src=${url} controls aria-label=${t("voice.preview")} data-testid="voice-preview"></audio>`}
    <p class="field-error" role="alert">${refused && t("voice.refused")}</p>
  </div>`;
}

function release(recorder) {
  recorder?.stream.getTracks().forEach((track) => track.stop());
}
