// The visitor's page without its looks: which contact it holds, its connection, its call.
//
// Event: "change".

import { createContact, handInVoicemail, leaveMessage, listQueues, requestCallback } from "../api.js";
import { ask } from "../ask.js";
import { Call } from "../call.js";
import { Connection, socketUrl } from "../connection.js";
import { Conversation } from "../conversation.js";
import { Devices } from "../devices.js";
import { language, tCode } from "../language.js";
import { Ringer } from "../ringer.js";
import { toasts } from "../toasts.js";
import { claimsOf, contactToken, randomText, tabId, takeLinkToken } from "../token.js";
import { nothing, phaseOf, reduce } from "./state.js";

export class VisitorSession extends EventTarget {
  state = nothing;
  connection = null;
  call = null;
  conversation = null;
  devices = new Devices();
  draining = false;

  #linkToken = null;
  #ringer = new Ringer();
  #handedIn = null;
  #key = randomText();

  begin() {
    this.#linkToken = takeLinkToken("visitor");
    // A link to one contact carries the visitor's own token; a general link only lets one ask.
    if (this.#linkToken && claimsOf(this.#linkToken).role === "visitor") {
      contactToken.keep(this.#linkToken);
      this.#linkToken = null;
    }
    if (contactToken.read()) this.#connect();
    this.#changed();
  }

  /** "no_link" | "choose" | "refused" | "starting" | "waiting" | "call" | "chat" | "ended" */
  get view() {
    if (!this.connection) return this.#linkToken ? "choose" : "no_link";
    if (this.connection.status === "refused") return "refused";
    const phase = phaseOf(this.state);
    return phase === "call" && !this.call ? "starting" : phase;
  }

  get canAskAgain() {
    return Boolean(this.#linkToken);
  }

  queues() {
    return listQueues(this.#linkToken);
  }

  /** Enters a queue, or with `callback` or `message` or `sound` does that instead. Rejects with a
   * RequestError. */
  async join({ sound, ...request }) {
    const voicemail = await this.#handIn(this.#linkToken, sound);
    const { token } = await createContact(this.#linkToken, {
      ...request,
      voicemail,
      language: language.current,
      key: this.#key,
    });
    this.#key = randomText();
    contactToken.keep(token);
    this.#connect();
    this.#changed();
  }

  leave() {
    return ask(this.connection, "contact.leave");
  }

  callBack(callback) {
    return requestCallback(contactToken.read(), this.state.contact.id, callback);
  }

  async leaveMessage(text, sound) {
    const token = contactToken.read();
    const voicemail = await this.#handIn(token, sound);
    return leaveMessage(token, this.state.contact.id, { text, voicemail });
  }

  /** The id of a sound; handed in once, however often what names it is tried. */
  async #handIn(token, sound) {
    if (!sound) return undefined;
    if (this.#handedIn?.sound !== sound) {
      this.#handedIn = { sound, id: await handInVoicemail(token, sound) };
    }
    return this.#handedIn.id;
  }

  hangUp() {
    return ask(this.connection, "call.hang_up", { contact: this.state.contact.id });
  }

  consent(granted) {
    return ask(this.connection, "consent.set", { granted });
  }

  /** Back to the choice of a topic. */
  startAgain() {
    this.connection?.close();
    this.connection = null;
    this.state = nothing;
    this.conversation = null;
    contactToken.forget();
    this.#changed();
  }

  #connect() {
    const connection = new Connection({
      url: socketUrl(location),
      token: contactToken.read(),
      tab: tabId(),
    });
    this.connection = connection;
    connection.addEventListener("message", ({ detail }) => this.#receive(detail));
    connection.addEventListener("status", () => this.#statusChanged());
    connection.open();
  }

  #receive(message) {
    const before = phaseOf(this.state);
    this.state = reduce(this.state, message);
    switch (message.type) {
      case "welcome":
        this.draining = Boolean(message.draining);
        this.#converse(message.messages ?? []);
        break;
      case "chat.message":
        this.conversation?.receive(message.message);
        break;
      case "media.tracks":
        this.call?.setTracks(message.tracks);
        break;
      case "server.draining":
        this.draining = true;
        break;
      case "error":
        toasts.show(tCode("error", message.code), "warning");
        break;
    }
    this.#follow(before);
    this.#changed();
  }

  #converse(messages) {
    const contact = this.state.contact?.id;
    if (!contact) return;
    if (this.conversation?.contact === contact) {
      this.conversation.resume(messages);
      return;
    }
    this.conversation = new Conversation({
      connection: this.connection,
      contact,
      sender: contact,
      messages,
    });
  }

  // Begins and ends the media as the contact's phase changes.
  #follow(before) {
    const phase = phaseOf(this.state);
    if (this.state.contact) this.devices.follow(this.state.contact.channel);
    if (phase === "chat" && before === "waiting") this.#ringer.chime();
    if (phase === "call" && !this.call) {
      this.call = new Call({
        connection: this.connection,
        contact: this.state.contact.id,
        devices: this.devices,
      });
      if (this.devices.status === "idle") this.devices.start();
      if (before === "waiting") this.#ringer.chime(); // the person may be looking elsewhere
      this.call.start();
    } else if (phase !== "call" && this.call) {
      this.call.stop({ leave: phase === "waiting" });
      this.call = null;
    }
    if (phase === "ended" && before !== "ended") {
      this.devices.stop();
      contactToken.forget();
      this.connection.close();
    }
  }

  #statusChanged() {
    if (this.connection.status === "refused") {
      this.call?.stop();
      this.call = null;
      this.devices.stop();
      // The contact is over or its token too old: the kept token is of no use any more.
      const { refusal } = this.connection;
      if (refusal !== "already_connected" && refusal !== "replaced") {
        contactToken.forget();
        if (this.#linkToken) {
          toasts.show(tCode("error", refusal), "warning");
          this.startAgain();
        }
      }
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
