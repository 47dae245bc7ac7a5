// The text chat of one contact. Messages are the server's, in its order; what was written while the
// connection was away waits here and is sent again with the same client id, so nothing doubles.
//
// Event: "change".

import { randomText } from "./token.js";

export const TEXT_MAX_CHARS = 4000;

/** messages with one more, in the server's order; a message that is there already changes nothing. */
export function withMessage(messages, message) {
  if (messages.some(({ seq }) => seq === message.seq)) return messages;
  return [...messages, message].sort((one, other) => one.seq - other.seq);
}

export class Conversation extends EventTarget {
  messages = [];
  /** Own messages the server hasn't confirmed yet: {client_id, text, failed}. */
  pending = [];
  /** Messages of the others that arrived since the chat was last looked at. */
  unread = 0;

  #connection;
  #contact;
  #sender;

  /** sender: who writes here, as the server names them: an agent's id, a visitor's contact. */
  constructor({ connection, contact, sender, messages = [] }) {
    super();
    this.#connection = connection;
    this.#contact = contact;
    this.#sender = sender;
    this.messages = messages;
  }

  get contact() {
    return this.#contact;
  }

  isOwn(message) {
    return message.sender === this.#sender;
  }

  async send(text) {
    const entry = { client_id: randomText(), text, failed: false };
    this.pending = [...this.pending, entry];
    this.#changed();
    await this.#deliver(entry);
  }

  receive(message) {
    const before = this.messages;
    this.messages = withMessage(before, message);
    if (this.messages === before) return;
    this.pending = this.pending.filter(({ client_id }) => client_id !== message.client_id);
    if (!this.isOwn(message)) this.unread += 1;
    this.#changed();
  }

  /** After a new welcome: takes the server's list and sends what is still waiting. */
  resume(messages) {
    for (const message of messages) this.receive(message);
    for (const entry of this.pending) this.#deliver(entry);
  }

  read() {
    if (this.unread === 0) return;
    this.unread = 0;
    this.#changed();
  }

  async #deliver(entry) {
    const { client_id, text } = entry;
    try {
      await this.#connection.request("chat.send", { contact: this.#contact, client_id, text });
    } catch (error) {
      if (error.code === "disconnected" || error.code === "no_answer") return;
      this.pending = this.pending.map((one) => (one === entry ? { ...one, failed: true } : one));
      this.#changed();
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
