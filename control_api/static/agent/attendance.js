// One contact in the agent's hands: what is written with it, the notes on it, and its call if it has
// one.

import { Call } from "../call.js";
import { Conversation } from "../conversation.js";
import { isRunning } from "../protocol.js";
import { Notes } from "./notes.js";

export class Attendance {
  /** The media of a call while it runs. */
  call = null;

  #connection;
  #devices;

  constructor({ connection, devices, contact, messages }) {
    this.#connection = connection;
    this.#devices = devices;
    this.conversation = new Conversation({
      connection,
      contact: contact.id,
      role: "agent",
      messages,
    });
    this.notes = new Notes({ connection, contact: contact.id, text: contact.notes ?? "" });
  }

  /** Begins and ends the media as the contact goes on; `one` as inHand gives it. */
  follow(one) {
    if (one.state !== "connected") {
      this.#hangUp();
    } else if (one.channel !== "chat" && isRunning(one.call) && !this.call) {
      this.call = new Call({
        connection: this.#connection,
        contact: one.id,
        devices: this.#devices,
      });
      if (this.#devices.status === "idle") this.#devices.start();
      this.call.start();
    }
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
    this.call = null;
  }
}
