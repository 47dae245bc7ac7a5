// Short notices at the edge of the page. Event: "change".

const SHOWN_MS = 6000;

class Toasts extends EventTarget {
  list = [];
  #next = 1;

  /** kind: "info" | "good" | "warning" | "danger" */
  show(text, kind = "info") {
    const toast = { id: this.#next++, text, kind };
    this.list = [...this.list.filter((other) => other.text !== text), toast].slice(-3);
    this.dispatchEvent(new Event("change"));
    setTimeout(() => this.dismiss(toast.id), SHOWN_MS);
  }

  dismiss(id) {
    this.list = this.list.filter((toast) => toast.id !== id);
    this.dispatchEvent(new Event("change"));
  }
}

export const toasts = new Toasts();
