// One contact in the agent's hands: what is written with it, the notes on it, and its call if it has
// one.

import { Call } from "../call.js";
import { Conversation } from "../conversation.js";
import { isRunning, mediumOf } from "../protocol.js";
import { Notes } from "./notes.js";

export class Attendance {
  /** The media of a call while it runs. */
  call = null;
  /** The media of the colleague who is asked about it, as long as that is apart from the call. */
  consultation = null;
  /** What is written with the colleague who is asked about a contact without a room. */
  aside = null;

  #connection;
  #devices;
  #me;

  /** me: the agent's id. */
  constructor({ connection, devices, contact, messages, me }) {
    this.#connection = connection;
    this.#devices = devices;
    this.#me = me;
    this.conversation = this.#writing(contact.id, messages);
    this.notes = new Notes({ connection, contact: contact.id, text: contact.notes ?? "" });
  }

  /** Begins and ends the media as the contact goes on; `one` as inHand gives it. */
  follow(one) {
    const inRoom = mediumOf(one) === "call";
    const runs = one.state === "connected" && inRoom && isRunning(one.call);
    const { contact } = one;
    if (one.state !== "connected") this.#hangUp();
    // Who was asked is in the call itself once there is a conference.
    else if (runs) this.call = this.#joined(this.call, contact.conference ? contact.about : one.id);
    const { consult } = contact;
    const apart = runs && consult?.state === "connected" && !consult.conference;
    this.consultation = this.#joined(this.consultation, apart ? consult.contact : null);
    const written = one.state === "connected" && !inRoom && consult?.state === "connected";
    const asked = written ? consult.contact : null;
    if ((this.aside?.contact ?? null) !== asked) this.aside = asked && this.#writing(asked);
  }

  #writing(contact, messages = []) {
    return new Conversation({ connection: this.#connection, contact, sender: this.#me, messages });
  }

  /** What the others in any of its calls send. */
  setTracks(contact, tracks) {
    for (const call of [this.call, this.consultation]) {
      if (call?.contact === contact) call.setTracks(tracks);
    }
  }

  // The media of that contact's call, in place of what there is.
  #joined(call, contact) {
    if ((call?.contact ?? null) === contact) return call;
    call?.stop({ leave: true });
    if (!contact) return null;
    const joined = new Call({ connection: this.#connection, contact, devices: this.#devices });
    if (this.#devices.status === "idle") this.#devices.start();
    joined.start();
    return joined;
  }

  /** The connection is back: what was written meanwhile, here and there, comes together. */
  resume(messages) {
    this.conversation.resume(messages);
    this.notes.save();
  }

  /** The contact is no longer in hand. */
  close() {
    this.#hangUp();
    this.notes.close();
  }

  #hangUp() {
    this.call?.stop();
    this.consultation?.stop();
    this.call = this.consultation = null;
  }
}
