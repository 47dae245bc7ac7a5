// The agent's notes on a contact: kept as they are typed, soon after each pause.
//
// Event: "change".

const PAUSE_MS = 800;
const RETRY_MS = 3000;
export const NOTES_MAX_CHARS = 4000;

export class Notes extends EventTarget {
  /** "saved" | "unsaved" | "saving" */
  status = "saved";

  #connection;
  #contact;
  #timer = null;

  constructor({ connection, contact, text = "" }) {
    super();
    this.#connection = connection;
    this.#contact = contact;
    this.text = text;
  }

  get contact() {
    return this.#contact;
  }

  write(text) {
    this.text = text;
    this.#become("unsaved");
    this.#saveIn(PAUSE_MS);
  }

  /** Saves now what isn't saved; resolves when the server has it, or has refused it. */
  async save() {
    clearTimeout(this.#timer);
    if (this.status === "saved") return;
    const text = this.text;
    this.#become("saving");
    try {
      await this.#connection.request("contact.notes", { contact: this.#contact, text });
      this.#become(text === this.text ? "saved" : "unsaved");
    } catch {
      this.#become("unsaved");
      this.#saveIn(RETRY_MS);
    }
  }

  close() {
    clearTimeout(this.#timer);
  }

  #saveIn(delay_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), delay_ms);
  }

  #become(status) {
    this.status = status;
    this.dispatchEvent(new Event("change"));
  }
}
