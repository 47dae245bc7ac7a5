// The agent's page without its looks: the connection, the offer, the call, the notes.
//
// Event: "change".

import { listMessages } from "../api.js";
import { ask } from "../ask.js";
import { Call } from "../call.js";
import { Connection, socketUrl } from "../connection.js";
import { Conversation } from "../conversation.js";
import { Devices } from "../devices.js";
import { t, tCode } from "../language.js";
import { isRunning } from "../protocol.js";
import { Ringer } from "../ringer.js";
import { toasts } from "../toasts.js";
import { claimsOf, forgetLinkToken, keepLinkToken, tabId, takeLinkToken } from "../token.js";
import { Notes } from "./notes.js";
import { nothing, phaseOf, plan, reduce } from "./state.js";

export class AgentSession extends EventTarget {
  state = nothing;
  connection = null;
  call = null;
  conversation = null;
  notes = null;
  devices = new Devices();
  draining = false;
  /** The answer to the offer that is on its way: "accept", "reject" or null. */
  answering = null;

  #token = null;
  #ringer = new Ringer();

  begin() {
    this.#token = takeLinkToken("agent");
    if (this.#token) this.#connect();
    this.#changed();
  }

  useToken(token) {
    keepLinkToken("agent", token);
    this.#token = token;
    this.#connect();
    this.#changed();
  }

  /** Back to the field for a link. */
  forgetToken() {
    this.connection?.close();
    this.connection = null;
    this.#token = null;
    forgetLinkToken("agent");
    this.#changed();
  }

  get name() {
    return this.state.agent?.name || claimsOf(this.#token ?? "").name || "";
  }

  /** "no_link" | "refused" | "starting" | "sign_in" | "desk" | "call" | "wrap_up" */
  get view() {
    if (!this.connection) return "no_link";
    if (this.connection.status === "refused") return "refused";
    if (this.connection.status === "connecting") return "starting";
    const phase = phaseOf(this.state);
    return (phase === "call" || phase === "wrap_up") && !this.state.contact ? "starting" : phase;
  }

  signIn() {
    return ask(this.connection, "agent.sign_in");
  }

  async signOut() {
    if (await ask(this.connection, "agent.sign_out")) this.devices.stop();
  }

  /** state: "ready" or a reason for not being ready; during a contact it is meant for afterwards. */
  async become(state) {
    const engaged = this.view === "call" || this.view === "wrap_up";
    const reason = state === "ready" ? null : state;
    const done = reason ? ask(this.connection, "agent.not_ready", { reason }) : ask(this.connection, "agent.ready");
    if ((await done) && engaged) {
      this.state = plan(this.state, reason);
      this.#changed();
    }
  }

  async answer(answer) {
    const { offer } = this.state;
    if (!offer || this.answering) return;
    this.answering = answer;
    this.#ringer.stop();
    this.#changed();
    const { contact, epoch } = offer;
    await ask(this.connection, `reservation.${answer}`, { contact: contact.id, epoch });
    this.answering = null;
    this.#changed();
  }

  hold(held) {
    return ask(this.connection, "call.hold", { contact: this.state.contact.id, held });
  }

  hangUp() {
    return ask(this.connection, "call.hang_up", { contact: this.state.contact.id });
  }

  async wrapUpDone() {
    await this.notes.save();
    return ask(this.connection, "wrap_up.done", { contact: this.state.contact.id });
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
    const before = this.state;
    this.state = reduce(before, message);
    switch (message.type) {
      case "welcome":
        this.draining = Boolean(message.draining);
        break;
      case "chat.message":
        if (message.contact_id === this.conversation?.contact) this.conversation.receive(message.message);
        break;
      case "media.tracks":
        if (message.contact_id === this.call?.contact) this.call.setTracks(message.tracks);
        break;
      case "reservation.ended":
        if (message.outcome === "rescinded") toasts.show(t("offer.rescinded"), "info");
        break;
      case "server.draining":
        this.draining = true;
        toasts.show(t("agent.draining"), "warning");
        break;
      case "error":
        toasts.show(tCode("error", message.code), "warning");
        break;
    }
    this.#follow(before, message);
    this.#changed();
  }

  // Begins and ends ringing, media, chat and notes as the agent's phase changes.
  #follow(before, message) {
    const { offer, contact } = this.state;
    if (offer && offer.epoch !== before.offer?.epoch) this.#ringer.start();
    if (!offer) this.#ringer.stop();

    const phase = phaseOf(this.state);
    if ((phase === "call" || phase === "wrap_up") && contact) this.#attend(contact, message);
    const running = isRunning(this.state.call) && this.state.call.contact_id === contact?.id;
    if (phase === "call" && running && !this.call) {
      this.call = new Call({
        connection: this.connection,
        contact: contact.id,
        devices: this.devices,
      });
      if (this.devices.status === "idle") this.devices.start();
      this.call.start();
    } else if (phase !== "call" && this.call) {
      this.call.stop();
      this.call = null;
    }
    if (phase === "desk" || phase === "sign_in") {
      this.notes?.close();
      this.notes = null;
      this.conversation = null;
      this.#readyDevices();
    }
  }

  // Who is ready for contacts has camera and microphone at hand when one comes; who is away is not
  // watched by a glowing camera. After signing in both stay on: ready is the next click.
  #readyDevices() {
    const { devices } = this;
    const { state, reason } = this.state.agent ?? {};
    const simulated = devices.simulated.camera || devices.simulated.microphone;
    if ((state === "ready" || state === "reserved") && devices.status === "idle") devices.start();
    if (state === "not_ready" && reason !== "signed_in" && !simulated) devices.stop();
  }

  #attend(contact, message) {
    if (this.conversation?.contact !== contact.id) {
      const { connection } = this;
      const conversation = new Conversation({
        connection,
        contact: contact.id,
        role: "agent",
        messages: message.messages ?? [],
      });
      this.conversation = conversation;
      if (!message.messages) this.#fetchHistory(conversation);
      this.notes?.close();
      this.notes = new Notes({ connection, contact: contact.id, text: contact.notes ?? "" });
    } else if (message.type === "welcome") {
      this.conversation.resume(message.messages ?? []);
      this.notes.save();
    }
  }

  // The contact may have been with another agent before: what was written then belongs here too.
  async #fetchHistory(conversation) {
    const messages = await listMessages(this.#token, conversation.contact).catch(() => []);
    conversation.resume(messages);
  }

  #statusChanged() {
    if (this.connection.status === "refused") {
      this.#ringer.stop();
      this.call?.stop();
      this.call = null;
      this.devices.stop();
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
