// The contact on screen: the call, chat or telephone call with everything beside it, and afterwards the wrap-up.

import { Chat } from "../components/chat.js";
import { ChatPane } from "../components/chat_pane.js";
import { Controls } from "../components/controls.js";
import { Icon } from "../components/icon.js";
import { RecordingSign, Stage } from "../components/stage.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { useChange, useNow, useTitle } from "../hooks.js";
import { clockText, named, t } from "../language.js";
import { mediumOf } from "../protocol.js";
import { Consultation } from "./consult.js";
import { Facts } from "./facts.js";
import { NOTES_MAX_CHARS } from "./notes.js";
import { PhonePane } from "./phone_pane.js";
import { TransferButton } from "./transfer.js";

const TITLE = { call: "call.with", chat: "chat.with", phone: "phone.with" };

export function ContactView({ session }) {
  const { contact } = session.shown;
  const { conversation } = session.attendance();
  const { view } = session;
  const over = view === "wrap_up";
  // A chat has its own place, until it is over; who is phoned reads nothing.
  const chatStands = view !== "chat" && mediumOf(session.shown) !== "phone";
  const [tab, setTab] = useState("about");
  const [panelOpen, setPanelOpen] = useState(true);
  useChange(conversation);
  const peer = contact.asked_by?.name || contact.customer?.name || t("call.visitor");
  useTitle(`${session.state.offer ? t("offer.title") : peer} · Mediacore`);
  const openTab = (name) => {
    setTab(name);
    setPanelOpen(true);
  };
  const toggleChat = () => {
    if (panelOpen && tab === "chat") setPanelOpen(false);
    else openTab("chat");
  };
  useEffect(() => {
    if (over) openTab("notes");
  }, [over]);

  return html`<div class="work ${over ? "is-wrap-up" : ""} ${panelOpen ? "has-panel" : ""}">
    ${!over && html`<h1 class="visually-hidden">${t(TITLE[view], { name: peer })}</h1>`}
    ${view === "call" &&
    html`<${CallPane}
      session=${session}
      peer=${peer}
      chat=${{ open: panelOpen && tab === "chat", unread: conversation.unread, toggle: toggleChat }}
    />`}
    ${view === "chat" && html`<${ChatPane}
      conversation=${conversation}
      peer=${peer}
      topic=${named(contact.queue_name)}
      onEnd=${() => session.hangUp()}
    >
      ${contact.consult && html`<${Consultation} session=${session} />`}
    <//>`}
    ${view === "phone" && html`<${PhonePane} session=${session} peer=${peer} />`}
    ${over && html`<${WrapUp} session=${session} peer=${peer} />`}
    ${(panelOpen || view !== "call") &&
    html`<${Panel}
      session=${session}
      tab=${tab}
      tabs=${chatStands ? TABS : TABS.filter((name) => name !== "chat")}
      onTab=${setTab}
      over=${over}
      onClose=${view === "call" && (() => setPanelOpen(false))}
    />`}
  </div>`;
}

function CallPane({ session, peer, chat }) {
  const { contact, call: view } = session.shown;
  const { call, connection, devices } = session;
  const clock = useMemo(() => () => connection.now_ms(), [connection]);
  const held = Boolean(view?.held);
  if (!call) {
    return html`<div class="call-main"><p class="starting"><span class="spinner"></span>${t("call.joining")}</p></div>`;
  }
  return html`<div class="call-main" data-testid="call">
    <${Stage}
      call=${call}
      devices=${devices}
      me=${session.name}
      peer=${peer}
      held=${held && t("call.held_agent")}
      waiting=${t("call.joining_visitor", { name: peer })}
      since=${view?.started_at}
      clock=${clock}
      recording=${html`<${RecordingSign} recording=${contact.recording} />
        ${contact.recording === "awaiting_consent" &&
        html`<span class="recording is-waiting" data-testid="recording-awaiting">${t("call.awaiting_consent")}</span>`}`}
    />
    ${contact.consult && html`<${Consultation} session=${session} />`}
    <${Controls}
      call=${call}
      devices=${devices}
      chat=${chat}
      hold=${contact.kind !== "consult" && { held, toggle: () => session.hold(!held) }}
      onHangUp=${() => session.hangUp()}
    />
  </div>`;
}

const TABS = ["about", "chat", "notes"];
const TAB_ICON = { about: "user", chat: "chat", notes: "note" };

function Panel({ session, tab, tabs, onTab, over, onClose }) {
  const { contact } = session.shown;
  const { conversation, notes } = session.attendance();
  // Arrow keys move between tabs, as the tab pattern of WAI-ARIA has it.
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    onTab(next);
    document.getElementById(`tab-${next}`).focus();
  };
  return html`<aside class="call-panel work-panel">
    <div class="tabs">
      <div class="tabs-list" role="tablist" aria-label=${t("agent.panel")} onKeyDown=${move}>
        ${tabs.map(
          (name) => html`<button
            type="button"
            role="tab"
            key=${name}
            id=${`tab-${name}`}
            aria-selected=${tab === name}
            aria-controls="work-panel"
            tabindex=${tab === name ? 0 : -1}
            data-testid=${`tab-${name}`}
            onClick=${() => onTab(name)}
          >
            <${Icon} name=${TAB_ICON[name]} size=${17} /><span>${t(`agent.tab_${name}`)}</span>
            ${name === "chat" && tab !== "chat" && conversation.unread > 0 && html`<span class="badge">${conversation.unread}</span>`}
          </button>`,
        )}
      </div>
      ${onClose &&
      html`<button
        type="button"
        class="button is-quiet is-icon is-small tabs-close"
        aria-label=${t("action.close")}
        onClick=${onClose}
      >
        <${Icon} name="close" size=${18} />
      </button>`}
    </div>
    <div class="work-panel-body" id="work-panel" role="tabpanel" aria-labelledby=${`tab-${tab}`}>
      ${tab === "about" &&
      html`<div class="about">
        <h2>${contact.customer?.name || t("call.visitor")}</h2>
        <${Facts} contact=${contact} session=${session} />
        ${!over && contact.kind !== "consult" && html`<${TransferButton} session=${session} />`}
      </div>`}
      ${tab === "chat" && html`<${Chat} conversation=${conversation} readOnly=${over} />`}
      ${tab === "notes" && html`<${NotesField} notes=${notes} />`}
    </div>
  </aside>`;
}

function NotesField({ notes }) {
  useChange(notes);
  return html`<div class="notes">
    <label class="field">
      <span class="field-label">${t("notes.label")}</span>
      <textarea
        value=${notes.text}
        maxlength=${NOTES_MAX_CHARS}
        placeholder=${t("notes.placeholder")}
        data-testid="notes"
        onInput=${(event) => notes.write(event.target.value)}
        onBlur=${() => notes.save()}
      ></textarea>
    </label>
    <p class="hint" role="status" data-testid="notes-status" data-status=${notes.status}>${t(`notes.${notes.status}`)}</p>
  </div>`;
}

function WrapUp({ session, peer }) {
  const { contact, call, wrap_up_ends_at } = session.shown;
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const now_ms = useNow(clock);
  const left_s = wrap_up_ends_at ? (Date.parse(wrap_up_ends_at) - now_ms) / 1000 : null;
  const talked_s =
    contact.legs?.findLast(({ agent }) => agent.id === session.state.agent.id)?.talk_s ??
    contact.talk_s ??
    (call?.started_at && contact.ended_at
      ? (Date.parse(contact.ended_at) - Date.parse(call.started_at)) / 1000
      : null);
  return html`<section class="wrap-up" data-testid="wrap-up">
    <div class="wrap-up-body card">
      <span class="notice-icon is-good"><${Icon} name="check" size=${28} /></span>
      <h1>${t(mediumOf(session.shown) === "chat" ? "wrap_up.chat_title" : "wrap_up.title")}</h1>
      <p class="lead">${t("wrap_up.text", { name: peer, topic: named(contact.queue_name) })}</p>
      <dl class="figures">
        ${talked_s !== null && html`<div><dt>${t("wrap_up.talked")}</dt><dd>${clockText(talked_s)}</dd></div>`}
        ${left_s !== null &&
        html`<div>
          <dt>${t("wrap_up.left")}</dt>
          <dd><span role="timer" data-testid="wrap-up-countdown">${clockText(Math.ceil(left_s))}</span></dd>
        </div>`}
      </dl>
      <button
        type="button"
        class="button is-primary is-large"
        data-testid="wrap-up-done"
        onClick=${() => session.wrapUpDone()}
      >
        ${t("wrap_up.done")}
      </button>
    </div>
  </section>`;
}
