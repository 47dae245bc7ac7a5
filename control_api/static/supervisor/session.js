// The supervisor's page without its looks: the live board, the watched call, finished recordings.
//
// Event: "change".

import { fetchRecording, fetchVoicemail, listFinishedContacts, listLeftMessages, transferContact } from "../api.js";
import { Call } from "../call.js";
import { Connection, socketUrl } from "../connection.js";
import { t, tCode } from "../language.js";
import { toasts } from "../toasts.js";
import { forgetLinkToken, keepLinkToken, tabId, takeLinkToken } from "../token.js";

export class SupervisorSession extends EventTarget {
  connection = null;
  /** {queues, agents, contacts, calls} as the server last sent it, or null. */
  board = null;
  /** The Call that is being watched, or null. */
  call = null;

  #token = null;

  begin() {
    this.#token = takeLinkToken("supervisor");
    if (this.#token) this.#connect();
    this.#changed();
  }

  useToken(token) {
    keepLinkToken("supervisor", token);
    this.#token = token;
    this.#connect();
    this.#changed();
  }

  forgetToken() {
    this.connection?.close();
    this.connection = null;
    forgetLinkToken("supervisor");
    this.#changed();
  }

  /** "no_link" | "refused" | "starting" | "board" | "watch" */
  get view() {
    if (!this.connection) return "no_link";
    if (this.connection.status === "refused") return "refused";
    if (this.call) return "watch";
    return this.board ? "board" : "starting";
  }

  /** The watched call's entry on the board; null once it has ended. */
  get watched() {
    return this.board?.calls.find(({ contact_id }) => contact_id === this.call?.contact) ?? null;
  }

  watch(contactId) {
    this.call = new Call({ connection: this.connection, contact: contactId, join: "watch.start" });
    this.call.start();
    this.#changed();
  }

  stopWatching() {
    this.call?.stop({ leave: true });
    this.call = null;
    this.#changed();
  }

  /** What the HTTP side of the server asks for. */
  get token() {
    return this.#token;
  }

  /** to: {queue} or {agent}. Rejects. */
  transfer(contactId, to) {
    return transferContact(this.#token, contactId, to);
  }

  finishedContacts() {
    return listFinishedContacts(this.#token);
  }

  leftMessages() {
    return listLeftMessages(this.#token);
  }

  voicemail(contactId) {
    return fetchVoicemail(this.#token, contactId);
  }

  recording(contactId) {
    return fetchRecording(this.#token, contactId);
  }

  #connect() {
    const connection = new Connection({
      url: socketUrl(location),
      token: this.#token,
      tab: tabId(),
    });
    this.connection = connection;
    connection.addEventListener("message", ({ detail }) => this.#receive(detail));
    connection.addEventListener("status", () => this.#statusChanged());
    connection.open();
  }

  #receive(message) {
    switch (message.type) {
      case "welcome":
        this.#subscribe();
        break;
      case "board":
        this.board = message;
        break;
      case "call.updated":
        if (message.call.state === "ended" && message.call.contact_id === this.call?.contact) {
          this.stopWatching();
          toasts.show(t("watch.over"));
        }
        break;
      case "media.tracks":
        if (message.contact_id === this.call?.contact) this.call.setTracks(message.tracks);
        break;
      case "error":
        toasts.show(tCode("error", message.code), "warning");
        break;
    }
    this.#changed();
  }

  async #subscribe() {
    try {
      await this.connection.request("board.subscribe");
    } catch (error) {
      if (error.code !== "disconnected") toasts.show(tCode("error", error.code), "warning");
    }
  }

  #statusChanged() {
    if (this.connection.status === "refused") {
      this.call?.stop();
      this.call = null;
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
