// The page's WebSocket to the server: says hello, gives every request an id and its answer back
// as a promise, keeps the server's clock, and returns by itself after a break in the network.
//
// Events: "status" (the connection's `status` changed), "welcome" and "message" (detail: message).

import { Backoff } from "./backoff.js";
import { tick } from "./ticker.js";

const REQUEST_TIMEOUT_MS = 15_000;
// Two heartbeats without an answer: the socket is dead even if the operating system hasn't noticed.
const HEARTBEATS_MISSED_MAX = 2;

// After these the server would only refuse again: the person has to do something first.
const FINAL_CODES = new Set([
  "already_connected",
  "not_permitted",
  "replaced",
  "token_expired",
  "token_invalid",
  "unknown_agent",
  "unknown_contact",
]);

export class RequestError extends Error {
  /** `offers` is what a visitor may choose instead, `opens_at` when a closed queue opens. */
  constructor(code, detail = "", { offers = [], opens_at = null } = {}) {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
    this.offers = offers;
    this.opens_at = opens_at;
  }
}

export function socketUrl(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/ws`;
}

export class Connection extends EventTarget {
  /** "idle" | "connecting" | "open" | "reconnecting" | "refused" (see `refusal`) | "closed" */
  status = "idle";
  /** The error code that ended the connection for good, when `status` is "refused". */
  refusal = null;
  /** What the server's clock is ahead of ours, in milliseconds. */
  clockOffset_ms = 0;

  #socket = null;
  #requests = new Map();
  #nextRequest = 1;
  #backoff;
  #retryTimer = null;
  #stopTicker = null;
  #missed = 0;
  #takeOver = false;

  constructor({ url, token, tab, createSocket = (at) => new WebSocket(at), backoff, startTicker = tick }) {
    super();
    this.url = url;
    this.token = token;
    this.tab = tab;
    this.createSocket = createSocket;
    this.startTicker = startTicker;
    this.#backoff = backoff ?? new Backoff();
  }

  get isOpen() {
    return this.status === "open";
  }

  /** The server's time now, in milliseconds since the Unix epoch. */
  now_ms() {
    return Date.now() + this.clockOffset_ms;
  }

  open({ takeOver = false } = {}) {
    this.#takeOver = takeOver;
    this.refusal = null;
    globalThis.addEventListener?.("online", this.#retryNow);
    this.#setStatus("connecting");
    this.#connect();
  }

  close() {
    globalThis.removeEventListener?.("online", this.#retryNow);
    clearTimeout(this.#retryTimer);
    this.#drop("closed");
  }

  /** Sends a request; resolves with the server's "ok" message, rejects with a RequestError. */
  request(type, fields = {}, { timeout_ms = REQUEST_TIMEOUT_MS } = {}) {
    if (!this.isOpen) return Promise.reject(new RequestError("disconnected"));
    const id = String(this.#nextRequest++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(id);
        reject(new RequestError("no_answer", type));
      }, timeout_ms);
      this.#requests.set(id, { resolve, reject, timer });
      this.#write({ type, id, ...fields });
    });
  }

  #connect() {
    const socket = this.createSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      const hello = { type: "hello", token: this.token, tab: this.tab };
      if (this.#takeOver) hello.take_over = true;
      this.#write(hello);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(JSON.parse(data));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #receive(message) {
    if (message.type === "welcome") {
      this.#welcomed(message);
    } else if (message.type === "error" && this.#isFinal(message)) {
      this.refusal = message.code;
      this.#drop("refused");
      return;
    } else if (message.id !== undefined && this.#requests.has(message.id)) {
      this.#answer(message);
      return;
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  // An error that answers a request is that request's own affair.
  #isFinal(message) {
    if (message.code === "replaced") return true;
    return !this.isOpen && FINAL_CODES.has(message.code);
  }

  #welcomed(message) {
    this.#takeOver = false;
    this.#backoff.reset();
    this.#missed = 0;
    if (message.server_time) {
      this.clockOffset_ms = Date.parse(message.server_time) - Date.now();
    }
    this.#setStatus("open");
    this.#stopTicker?.();
    this.#stopTicker = this.startTicker((message.heartbeat_s ?? 5) * 1000, this.#beat);
    this.dispatchEvent(new CustomEvent("welcome", { detail: message }));
  }

  #answer(message) {
    const { resolve, reject, timer } = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    clearTimeout(timer);
    if (message.type === "error") reject(new RequestError(message.code, message.detail));
    else resolve(message);
  }

  #beat = () => {
    if (!this.isOpen) return;
    this.#missed += 1;
    if (this.#missed > HEARTBEATS_MISSED_MAX) {
      this.#lost();
      return;
    }
    this.request("heartbeat").then(
      () => (this.#missed = 0),
      () => {}, // a missing answer is counted above
    );
  };

  #lost() {
    this.#release();
    this.#setStatus(this.status === "connecting" ? "connecting" : "reconnecting");
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), this.#backoff.next_ms());
  }

  #retryNow = () => {
    if (this.#socket || (this.status !== "reconnecting" && this.status !== "connecting")) return;
    clearTimeout(this.#retryTimer);
    this.#backoff.reset();
    this.#connect();
  };

  #drop(status) {
    this.#release();
    this.#setStatus(status);
  }

  // Lets go of the socket and of everything that hung on it.
  #release() {
    this.#stopTicker?.();
    this.#stopTicker = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close();
    }
    for (const { reject, timer } of this.#requests.values()) {
      clearTimeout(timer);
      reject(new RequestError("disconnected"));
    }
    this.#requests.clear();
  }

  #write(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #setStatus(status) {
    if (status === this.status) return;
    this.status = status;
    this.dispatchEvent(new Event("status"));
  }
}
