// Camera and microphone of this device: asks for them, says plainly why it didn't get them, and
// offers a test picture and a test tone in their place.
//
// Event: "change".

import { CAMERA } from "./quality.js";
import { testPicture, testTone } from "./test_signal.js";

const CHOICE = "mediacore.device";
const SOURCES = ["microphone", "camera"];

const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** "refused" | "missing" | "busy" | "insecure" | "failed" for what getUserMedia threw. */
export function problemOf(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "InsecureContext":
      return "insecure";
    default:
      return "failed";
  }
}

export class Devices extends EventTarget {
  /** "idle" | "asking" | "settled" */
  status = "idle";
  /** The live MediaStreamTrack per source, null while there is none. */
  tracks = { microphone: null, camera: null };
  /** What the person wants to be seen and heard with. */
  on = { microphone: true, camera: true };
  /** Why a source isn't there (see problemOf), or null. */
  problems = { microphone: null, camera: null };
  /** Sources replaced by a test picture or tone. */
  simulated = { microphone: false, camera: false };
  /** What can be chosen from: MediaDeviceInfo lists. */
  choices = { microphone: [], camera: [] };

  // What the present call needs of these.
  #needed = SOURCES;
  #simulation = {};
  // Counts the stops: what the browser grants after one is given back at once.
  #stops = 0;
  #media;
  #storage;

  constructor({ media = navigator.mediaDevices, storage = localStorage } = {}) {
    super();
    this.#media = media;
    this.#storage = storage;
    media?.addEventListener?.("devicechange", () => this.#listChoices());
  }

  /** True once there is something to be heard with. */
  get audible() {
    return Boolean(this.tracks.microphone);
  }

  get hasProblem() {
    return this.#needed.some((source) => this.problems[source]);
  }

  /** False of the camera in a call by voice. */
  needs(source) {
    return this.#needed.includes(source);
  }

  /** By which channel this person meets others now: for a voice call the camera is released. */
  follow(channel) {
    const needed = channel === "voice" ? ["microphone"] : SOURCES;
    if (needed.length === this.#needed.length) return;
    this.#needed = needed;
    if (!this.needs("camera")) {
      this.#replace("camera", null);
      this.problems.camera = null;
    } else if (this.status === "settled" && this.on.camera) {
      this.turn("camera", true);
    }
    this.#changed();
  }

  /** True if the source belongs into the call: it is there, or was only switched off for now. */
  publishes(source) {
    if (!this.needs(source)) return false;
    return Boolean(this.tracks[source]) || (!this.on[source] && !this.problems[source]);
  }

  chosenId(source) {
    return this.tracks[source]?.getSettings?.().deviceId ?? this.#storage.getItem(`${CHOICE}.${source}`);
  }

  /** Asks for all that is needed; when that fails, for each alone, to find out which one is the trouble. */
  async start() {
    const stops = this.#stops;
    this.#become("asking");
    const wanted = this.#needed.filter((source) => !this.simulated[source]);
    for (const source of wanted) this.#replace(source, null);
    try {
      await this.#take(wanted);
    } catch (error) {
      const problem = problemOf(error);
      for (const source of wanted) this.problems[source] = problem;
      // A dismissed or refused question must not be asked again for each device.
      if (problem !== "insecure") {
        for (const source of wanted) await this.#take([source]).catch(() => {});
      }
    }
    await this.#listChoices();
    if (stops === this.#stops) this.#become("settled");
  }

  async choose(source, deviceId) {
    this.#storage.setItem(`${CHOICE}.${source}`, deviceId);
    this.simulated[source] = false;
    this.on[source] = true;
    this.#replace(source, null);
    await this.#take([source]).catch(() => {});
    this.#changed();
  }

  /** Puts a test picture and tone in the place of whatever is missing. */
  simulateMissing() {
    for (const source of this.#needed) {
      if (this.problems[source] || !this.tracks[source]) this.#simulate(source);
    }
    this.#become("settled");
    this.#changed();
  }

  /** Microphone: muted in place. Camera: really released, so that its light goes out. */
  async turn(source, on) {
    this.on[source] = on;
    if (on && !this.tracks[source] && !this.simulated[source]) {
      await this.#take([source]).catch(() => {});
    } else if (source === "microphone") {
      if (this.tracks.microphone) this.tracks.microphone.enabled = on;
    } else if (!on) {
      this.#replace("camera", null);
    } else {
      this.#simulate("camera");
    }
    this.#changed();
  }

  stop() {
    this.#stops += 1;
    for (const source of SOURCES) this.#replace(source, null);
    this.simulated = { microphone: false, camera: false };
    this.#become("idle");
  }

  async #take(sources) {
    if (!this.#media?.getUserMedia) {
      const error = new Error("getUserMedia needs https or localhost");
      error.name = "InsecureContext";
      throw error;
    }
    const stops = this.#stops;
    let stream;
    try {
      stream = await this.#ask(sources, { strict: true });
    } catch (error) {
      if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") {
        this.#blame(sources, error);
        throw error;
      }
      // The device chosen last time is gone, or the camera is below 640x360: take what there is.
      try {
        stream = await this.#ask(sources, { strict: false });
      } catch (second) {
        this.#blame(sources, second);
        throw second;
      }
    }
    if (stops !== this.#stops) {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    for (const track of stream.getTracks()) {
      const source = track.kind === "audio" ? "microphone" : "camera";
      if (!this.needs(source)) {
        track.stop(); // it was asked for before the call was one by voice
        continue;
      }
      this.problems[source] = null;
      this.#replace(source, track);
      track.enabled = source === "camera" || this.on.microphone;
      if (source === "camera") track.contentHint = CAMERA.contentHint;
      track.addEventListener("ended", () => this.#unplugged(source, track));
    }
  }

  #blame(sources, error) {
    for (const source of sources) this.problems[source] = problemOf(error);
  }

  #ask(sources, { strict }) {
    const chosen = (source) => {
      const id = this.#storage.getItem(`${CHOICE}.${source}`);
      return strict && id ? { deviceId: { exact: id } } : {};
    };
    const { width, height, frameRate } = CAMERA.constraints;
    const loose = { width: { ideal: width.ideal }, height: { ideal: height.ideal }, frameRate };
    return this.#media.getUserMedia({
      audio: sources.includes("microphone") && { ...MICROPHONE, ...chosen("microphone") },
      video: sources.includes("camera") && {
        ...(strict ? CAMERA.constraints : loose),
        ...chosen("camera"),
      },
    });
  }

  #simulate(source) {
    this.#simulation[source]?.stop();
    const signal = source === "camera" ? testPicture() : testTone();
    this.simulated[source] = true;
    this.problems[source] = null;
    this.#replace(source, signal.track);
    this.#simulation[source] = signal;
    signal.track.enabled = source === "camera" || this.on.microphone;
  }

  #unplugged(source, track) {
    if (this.tracks[source] !== track) return;
    this.tracks[source] = null;
    this.problems[source] = "missing";
    this.#changed();
  }

  #replace(source, track) {
    this.#simulation[source]?.stop();
    this.#simulation[source] = null;
    const before = this.tracks[source];
    this.tracks[source] = track;
    if (before && before !== track) before.stop();
  }

  async #listChoices() {
    if (!this.#media?.enumerateDevices) return;
    const all = await this.#media.enumerateDevices();
    // Before permission is given the entries have no label and can't be told apart.
    const of = (kind) => all.filter((device) => device.kind === kind && device.label);
    this.choices = { microphone: of("audioinput"), camera: of("videoinput") };
    this.#changed();
  }

  #become(status) {
    if (status === this.status) return;
    this.status = status;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
