// The agent's page without its looks: the connection, the offer, the contacts in hand.
//
// Event: "change".

import { listMessages } from "../api.js";
import { ask } from "../ask.js";
import { Connection, socketUrl } from "../connection.js";
import { Devices } from "../devices.js";
import { t, tCode } from "../language.js";
import { mediumOf } from "../protocol.js";
import { Ringer } from "../ringer.js";
import { toasts } from "../toasts.js";
import { claimsOf, forgetLinkToken, keepLinkToken, tabId, takeLinkToken } from "../token.js";
import { Attendance } from "./attendance.js";
import { inHand, nothing, phaseOf, reduce, show, shownOf } from "./state.js";

export class AgentSession extends EventTarget {
  state = nothing;
  connection = null;
  devices = new Devices();
  draining = false;
  /** The answer to the offer that is on its way: "accept", "reject" or null. */
  answering = null;

  #token = null;
  // By contact id: what belongs to each contact in hand.
  #attendances = new Map();
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

  /** "no_link" | "refused" | "starting" | "sign_in" | "desk" | "call" | "chat" | "phone" | "wrap_up" */
  get view() {
    if (!this.connection) return "no_link";
    if (this.connection.status === "refused") return "refused";
    if (this.connection.status === "connecting") return "starting";
    const { shown } = this;
    return shown && !this.#attendances.has(shown.id) ? "starting" : phaseOf(this.state);
  }

  /** All contacts in hand that the page knows by now; see inHand. */
  get inHand() {
    return inHand(this.state).filter(({ id }) => this.#attendances.has(id));
  }

  /** The contact on screen; see inHand. */
  get shown() {
    return shownOf(this.state);
  }

  /** The media of the call on screen. */
  get call() {
    return this.attendance()?.call ?? null;
  }

  /** Conversation, notes and media of a contact in hand, by default of the one on screen. */
  attendance(id = this.state.shown) {
    return this.#attendances.get(id);
  }

  show(id) {
    this.state = show(this.state, id);
    this.#changed();
  }

  signIn() {
    return ask(this.connection, "agent.sign_in");
  }

  async signOut() {
    if (await ask(this.connection, "agent.sign_out")) this.devices.stop();
  }

  /** state: "ready" or a reason for not being ready; what is in hand goes on. */
  become(state) {
    if (state === "ready") return ask(this.connection, "agent.ready");
    return ask(this.connection, "agent.not_ready", { reason: state });
  }

  /** reason: why an offer is rejected, if the agent says so. */
  async answer(answer, reason) {
    const { offer } = this.state;
    if (!offer || this.answering) return;
    this.answering = answer;
    this.#ringer.stop();
    this.#changed();
    const { contact, epoch } = offer;
    await ask(this.connection, `reservation.${answer}`, { contact: contact.id, epoch, reason });
    this.answering = null;
    this.#changed();
  }

  hold(held) {
    return ask(this.connection, "call.hold", { contact: this.state.shown, held });
  }

  /** What the HTTP side of the server asks for. */
  get token() {
    return this.#token;
  }

  /** to: {queue} or {agent}. The contact waits there; what is left here is its wrap-up. Rejects. */
  async transfer(contact, to) {
    await this.attendance(contact)?.notes.save();
    return this.connection.request("contact.transfer", { contact, ...to });
  }

  /** Whoever serves {queue}, or {agent}, is asked about the call, which is held meanwhile. Rejects. */
  consult(contact, whom) {
    return this.connection.request("consult.start", { contact, ...whom });
  }

  /** The colleague comes into the call. */
  confer() {
    return ask(this.connection, "consult.confer", { contact: this.state.shown });
  }

  /** The colleague goes on with the call. */
  async handOver() {
    const { shown } = this.state;
    await this.attendance(shown).notes.save();
    return ask(this.connection, "consult.hand_over", { contact: shown });
  }

  /** Back to the visitor, alone. */
  endConsult() {
    return ask(this.connection, "consult.end", { contact: this.state.shown });
  }

  hangUp() {
    return ask(this.connection, "call.hang_up", { contact: this.state.shown });
  }

  async wrapUpDone() {
    const { shown } = this.state;
    await this.attendance(shown).notes.save();
    return ask(this.connection, "wrap_up.done", { contact: shown });
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
        this.#chatted(message);
        break;
      case "media.tracks":
        for (const one of this.#attendances.values()) one.setTracks(message.contact_id, message.tracks);
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

  // Who writes while another contact is on screen is heard.
  #chatted({ contact_id, message }) {
    const attended = [...this.#attendances].find(([id, { aside }]) => contact_id === id || contact_id === aside?.contact);
    if (!attended) return;
    const [id, { conversation, aside }] = attended;
    const written = contact_id === id ? conversation : aside;
    written.receive(message);
    if (id !== this.state.shown && !written.isOwn(message)) this.#ringer.chime();
  }

  // Begins and ends ringing, and what belongs to the contacts as they come and go.
  #follow(before, message) {
    for (const { contact } of inHand(this.state)) {
      const asked = before.contacts[contact?.id]?.consult;
      if (!asked || contact.consult || contact.state !== "connected") continue;
      toasts.show(t(asked.state === "connected" ? "consult.over" : "consult.unanswered"), "info");
    }
    const { offer, order } = this.state;
    if (offer && offer.epoch !== before.offer?.epoch) this.#ringer.start();
    if (!offer) this.#ringer.stop();

    const calls = inHand(this.state).filter((one) => one.state === "connected" && mediumOf(one) === "call");
    const voice = calls.length > 0 && calls.every(({ channel }) => channel === "voice");
    this.devices.follow(voice ? "voice" : "video");
    for (const one of inHand(this.state)) if (one.contact) this.#attend(one, message);
    for (const [id, attendance] of this.#attendances) {
      if (order.includes(id)) continue;
      attendance.close();
      this.#attendances.delete(id);
    }
    if (order.length === 0) this.#readyDevices();
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

  #attend(one, message) {
    const messages = message.attended?.find(({ contact }) => contact.id === one.id)?.messages;
    let attendance = this.attendance(one.id);
    if (!attendance) {
      const { connection, devices } = this;
      const me = this.state.agent.id;
      attendance = new Attendance({ connection, devices, contact: one.contact, messages: messages ?? [], me });
      this.#attendances.set(one.id, attendance);
      if (!messages) this.#fetchHistory(attendance.conversation);
    } else if (messages) {
      attendance.resume(messages);
    }
    const { aside } = attendance;
    attendance.follow(one);
    // A socket that was away, or a page that was loaded again, has missed some of it.
    if (attendance.aside && (messages || attendance.aside !== aside)) this.#fetchHistory(attendance.aside);
  }

  // The contact may have been with another agent before: what was written then belongs here too.
  async #fetchHistory(conversation) {
    const messages = await listMessages(this.#token, conversation.contact).catch(() => []);
    conversation.resume(messages);
  }

  #statusChanged() {
    if (this.connection.status === "refused") {
      this.#ringer.stop();
      for (const attendance of this.#attendances.values()) attendance.close();
      this.#attendances.clear();
      this.devices.stop();
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
