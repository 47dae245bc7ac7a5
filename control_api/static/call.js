// One person's media in one contact: a single RTCPeerConnection to the server, own microphone,
// camera and screen going out, every other participant's tracks coming in.
//
// Event: "change" (anything a view shows: `status`, `remote`, `sharing`, `statistics`).

import { Backoff } from "./backoff.js";
import { Negotiation, fingerprintOf } from "./negotiation.js";
import { CAMERA, QualityPolicy, SCREEN, orderCodecs } from "./quality.js";
import { feel, summarise } from "./statistics.js";

const KIND = { microphone: "audio", camera: "video", screen: "video", screen_audio: "audio" };
const ENCODING = { camera: CAMERA.encoding, screen: SCREEN.encoding };

const SAMPLE_INTERVAL_MS = 2000;
// A short radio gap heals by itself; ICE calls it "disconnected" after a few seconds already.
const RESTART_AFTER_MS = 1500;
// An ICE restart that hasn't helped by then won't: start over with a new peer connection.
const REBUILD_AFTER_MS = 8000;
// An offer may cross a change of the others' tracks; the next list comes at once. If it doesn't,
// our list is too old, and joining again brings a new one.
const RETRIED_CODES = new Set(["unknown_track", "busy", "rate_limited"]);
const RETRY_MS = 500;
const REFUSALS_MAX = 3;

export class Call extends EventTarget {
  /** "joining" | "live" | "reconnecting" | "ended" */
  status = "joining";
  /** The RTCPeerConnection in use. */
  pc = null;
  /** The others' tracks: {id, source, kind, role, name, muted, stream}. */
  remote = [];
  /** The last summary of getStats, with `feel`; null before the first sample. */
  statistics = null;

  #connection;
  #contact;
  #join;
  #devices;
  #createPeer;
  #negotiation = null;
  #policy = new QualityPolicy();
  #backoff = new Backoff({ first_ms: 1000, limit_ms: 15_000 });
  // source -> {track, sender's transceiver or null}
  #outgoing = new Map();
  // Receiving transceivers: {transceiver, stream, track: id or null}; freed ones are used again.
  #incoming = [];
  #tracks = [];
  #muted = new Map();
  #remoteFingerprint = null;
  #sampleTimer = null;
  #restartTimer = null;
  #rebuildTimer = null;
  #connectedAt_ms = null;
  #screen = null;
  #refusals = 0;

  /**
   * join: the request that enters the room ("media.join", for a supervisor "watch.start");
   * devices: the Devices whose camera and microphone are published, or null to only receive.
   */
  constructor({ connection, contact, join = "media.join", devices = null, createPeer }) {
    super();
    this.#connection = connection;
    this.#contact = contact;
    this.#join = join;
    this.#devices = devices;
    this.#createPeer = createPeer ?? (() => new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
  }

  get contact() {
    return this.#contact;
  }

  get sharing() {
    return this.#screen;
  }

  async start() {
    this.#devices?.addEventListener("change", this.#devicesChanged);
    this.#connection.addEventListener("welcome", this.#welcomed);
    globalThis.addEventListener("online", this.#networkChanged);
    navigator.connection?.addEventListener?.("change", this.#networkChanged);
    this.#sampleTimer = setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS);
    await this.#build();
  }

  /** Ends this page's media; says so to the server unless the call is over anyway. */
  stop({ leave = false } = {}) {
    if (this.status === "ended") return;
    this.#devices?.removeEventListener("change", this.#devicesChanged);
    this.#connection.removeEventListener("welcome", this.#welcomed);
    globalThis.removeEventListener("online", this.#networkChanged);
    navigator.connection?.removeEventListener?.("change", this.#networkChanged);
    clearInterval(this.#sampleTimer);
    this.#screen?.getTracks().forEach((track) => track.stop());
    this.#screen = null;
    this.#dismantle();
    if (leave) this.#leave();
    this.#become("ended");
  }

  /** The whole list of the others' tracks, as the server sends it after each change. */
  setTracks(tracks) {
    const before = new Set(this.#tracks.map(({ id }) => id));
    const differs = tracks.length !== before.size || tracks.some(({ id }) => !before.has(id));
    this.#tracks = tracks;
    if (differs) this.#negotiate();
    this.#showRemote();
  }

  /** Shares what the person picks. Rejects as getDisplayMedia does, when nothing was picked. */
  async share() {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: SCREEN.constraints,
      audio: true,
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    video.contentHint = SCREEN.contentHint;
    video.addEventListener("ended", () => this.unshare());
    this.#screen = stream;
    this.#outgoing.set("screen", { ...this.#outgoing.get("screen"), track: video });
    if (audio) this.#outgoing.set("screen_audio", { ...this.#outgoing.get("screen_audio"), track: audio });
    this.#changed();
    await this.#negotiate();
  }

  async unshare() {
    if (!this.#screen) return;
    this.#screen.getTracks().forEach((track) => track.stop());
    this.#screen = null;
    for (const source of ["screen", "screen_audio"]) {
      const outgoing = this.#outgoing.get(source);
      if (outgoing) outgoing.track = null;
    }
    this.#changed();
    await this.#negotiate();
  }

  // -- building and repairing --------------------------------------------------------------------

  async #build() {
    const peer = this.#createPeer();
    this.pc = peer;
    this.#remoteFingerprint = null;
    this.#connectedAt_ms = null;
    this.#incoming = [];
    for (const outgoing of this.#outgoing.values()) outgoing.transceiver = null;
    peer.addEventListener("connectionstatechange", () => {
      if (peer === this.pc) this.#peerStateChanged();
    });
    this.#negotiation = new Negotiation({
      peer,
      prepare: () => this.#prepare(peer),
      exchange: (sdp) => this.#exchange(peer, sdp),
    });
    this.#takeDevices();
    try {
      const { tracks } = await this.#connection.request(this.#join, { contact: this.#contact });
      if (peer !== this.pc) return;
      this.#tracks = tracks;
    } catch (error) {
      if (peer === this.pc) this.#failed(error);
      return;
    }
    this.#showRemote();
    this.#negotiate();
  }

  async #rebuild() {
    if (this.status === "ended" || !this.#connection.isOpen) return;
    this.#dismantle();
    this.#become("reconnecting");
    await this.#build(); // joining again ends the old session
  }

  #dismantle() {
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#rebuildTimer);
    this.#negotiation?.close();
    const peer = this.pc;
    this.pc = null;
    peer?.close();
  }

  async #leave() {
    const type = this.#join === "watch.start" ? "watch.stop" : "media.leave";
    // Nothing to do about a refusal: the server then holds no session of ours anyway.
    await this.#connection.request(type, { contact: this.#contact }).catch(() => {});
  }

  #peerStateChanged() {
    const state = this.pc.connectionState;
    if (state === "connected") {
      clearTimeout(this.#restartTimer);
      clearTimeout(this.#rebuildTimer);
      this.#connectedAt_ms ??= performance.now();
      this.#become("live");
      this.#applyPreference();
    } else if (state === "disconnected" || state === "failed") {
      this.#become("reconnecting");
      clearTimeout(this.#restartTimer);
      this.#restartTimer = setTimeout(() => this.#restart(), state === "failed" ? 0 : RESTART_AFTER_MS);
    }
  }

  #restart() {
    if (!this.pc || !this.#connection.isOpen) return; // the next welcome tries again
    this.pc.restartIce();
    this.#policy.reset();
    this.#negotiate();
    clearTimeout(this.#rebuildTimer);
    this.#rebuildTimer = setTimeout(() => this.#rebuild(), REBUILD_AFTER_MS);
  }

  #networkChanged = () => {
    // The old path may look alive for seconds after the interface is gone.
    if (this.#connectedAt_ms !== null) this.#restart();
  };

  // Signalling is back after a break. The server keeps the session of a talker, so that picture and
  // sound go on; a watcher's session ended with its socket.
  #welcomed = () => {
    if (this.status === "ended") return;
    this.#refusals = 0;
    if (this.#devices && this.pc?.connectionState === "connected") this.#negotiate();
    else this.#rebuild();
  };

  #failed(error) {
    if (this.status === "ended" || error.code === "disconnected") return;
    if (RETRIED_CODES.has(error.code) && this.#refusals < REFUSALS_MAX) {
      this.#refusals += 1;
      setTimeout(() => this.pc && this.#negotiate(), RETRY_MS);
      return;
    }
    console.warn("negotiation failed", error);
    clearTimeout(this.#rebuildTimer);
    this.#rebuildTimer = setTimeout(() => this.#rebuild(), this.#backoff.next_ms());
  }

  // -- negotiation -------------------------------------------------------------------------------

  async #negotiate() {
    const negotiation = this.#negotiation;
    if (!negotiation || !this.#hasAnythingToCarry()) return;
    try {
      await negotiation.request();
    } catch (error) {
      if (negotiation === this.#negotiation && this.pc) this.#failed(error);
      return;
    }
    this.#backoff.reset();
    this.#refusals = 0;
    this.#sendMuted();
    this.#applyPreference();
    this.#showRemote();
  }

  // An offer without a single line would be an SDP without ICE, which no server can answer.
  #hasAnythingToCarry() {
    if (this.#tracks.length > 0 || this.pc?.getTransceivers().length > 0) return true;
    return [...this.#outgoing].some(([source, { track }]) => track || this.#devices?.publishes(source));
  }

  // Aligns the transceivers with what is to be sent and received. The others' audio and video are
  // fixed by their order of arrival; a line that fell free is used again, so that the SDP stays
  // small however often somebody shares a screen.
  #prepare(peer) {
    for (const [source, outgoing] of this.#outgoing) {
      const { track } = outgoing;
      const wanted = track || this.#devices?.publishes(source);
      if (!outgoing.transceiver) {
        if (!wanted) continue;
        outgoing.transceiver = peer.addTransceiver(track ?? KIND[source], {
          direction: "sendonly",
          sendEncodings: ENCODING[source] ? [ENCODING[source]] : undefined,
        });
        preferCodecs(outgoing.transceiver, KIND[source]);
      } else {
        outgoing.transceiver.direction = wanted ? "sendonly" : "inactive";
        outgoing.transceiver.sender.replaceTrack(track).catch(console.warn);
      }
    }

    const wanted = new Set(this.#tracks.map(({ id }) => id));
    for (const incoming of this.#incoming) {
      if (!wanted.has(incoming.track)) {
        incoming.track = null;
        incoming.transceiver.direction = "inactive";
      }
    }
    for (const { id, kind } of this.#tracks) {
      if (this.#incoming.some(({ track }) => track === id)) continue;
      let free = this.#incoming.find((line) => line.track === null && line.kind === kind);
      if (!free) {
        const transceiver = peer.addTransceiver(kind, { direction: "recvonly" });
        preferCodecs(transceiver, kind);
        free = { kind, transceiver, stream: new MediaStream([transceiver.receiver.track]) };
        this.#incoming.push(free);
      }
      free.track = id;
      free.transceiver.direction = "recvonly";
    }
  }

  async #exchange(peer, sdp) {
    const publish = [];
    for (const [source, { transceiver }] of this.#outgoing) {
      if (transceiver?.direction === "sendonly") publish.push({ mid: transceiver.mid, source });
    }
    const subscribe = this.#incoming
      .filter(({ track }) => track !== null)
      .map(({ transceiver, track }) => ({ mid: transceiver.mid, track }));
    const answer = await this.#connection.request("media.offer", {
      contact: this.#contact,
      sdp,
      publish,
      subscribe,
    });
    const fingerprint = fingerprintOf(answer.sdp);
    if (this.#remoteFingerprint && fingerprint !== this.#remoteFingerprint) {
      // The server forgot the old session (it restarted): this peer connection can't go on.
      throw new Error("the server answered with another session");
    }
    this.#remoteFingerprint = fingerprint;
    return answer.sdp;
  }

  // -- what goes out -----------------------------------------------------------------------------

  #devicesChanged = () => {
    if (this.status === "ended") return;
    if (this.#takeDevices()) this.#negotiate();
    else this.#sendMuted();
  };

  // Takes over the current camera and microphone; true if lines have to be added or dropped.
  #takeDevices() {
    if (!this.#devices) return false;
    let renegotiate = false;
    for (const source of ["microphone", "camera"]) {
      const track = this.#devices.tracks[source];
      const outgoing = this.#outgoing.get(source) ?? { track: null, transceiver: null };
      this.#outgoing.set(source, outgoing);
      if (outgoing.track !== track) {
        outgoing.track = track;
        outgoing.transceiver?.sender.replaceTrack(track).catch(console.warn);
      }
      const sending = outgoing.transceiver?.direction === "sendonly";
      if (sending !== this.#devices.publishes(source)) renegotiate = true;
    }
    return renegotiate;
  }

  // Tells the server what is muted: it then drops the packets, and the others' pages show it.
  #sendMuted() {
    if (!this.#devices) return;
    for (const source of ["microphone", "camera"]) {
      const muted = !this.#devices.on[source];
      const before = this.#muted.get(source) ?? { muted: false, peer: this.pc };
      const known = before.peer === this.pc ? before.muted : false;
      if (!this.#outgoing.get(source)?.transceiver || muted === known) continue;
      this.#muted.set(source, { muted, peer: this.pc });
      this.#connection
        .request("media.mute", { contact: this.#contact, source, muted })
        .catch(() => this.#muted.delete(source));
    }
  }

  // -- what comes in -----------------------------------------------------------------------------

  #showRemote() {
    this.remote = this.#tracks.map((track) => ({
      ...track,
      stream: this.#incoming.find((line) => line.track === track.id)?.stream ?? null,
    }));
    this.#changed();
  }

  // -- watching the quality ----------------------------------------------------------------------

  async #sample() {
    if (!this.pc || this.#connectedAt_ms === null) return;
    const summary = summarise(await this.pc.getStats(), this.statistics);
    this.statistics = { ...summary, feel: feel(summary) };
    const before = this.#policy.preference;
    const connected_s = (performance.now() - this.#connectedAt_ms) / 1000;
    this.#policy.observe({ available_bps: summary.available_bps, connected_s });
    if (this.#policy.preference !== before) this.#applyPreference();
    this.#changed();
  }

  #applyPreference() {
    const sender = this.#outgoing.get("camera")?.transceiver?.sender;
    if (!sender) return;
    const parameters = sender.getParameters();
    if (parameters.degradationPreference === this.#policy.preference) return;
    parameters.degradationPreference = this.#policy.preference;
    sender.setParameters(parameters).catch(console.warn);
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

function preferCodecs(transceiver, kind) {
  if (kind !== "video" || !transceiver.setCodecPreferences) return;
  const capabilities = RTCRtpReceiver.getCapabilities("video");
  if (capabilities) transceiver.setCodecPreferences(orderCodecs(capabilities.codecs));
}
