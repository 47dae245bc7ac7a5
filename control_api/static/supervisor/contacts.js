// The contacts on the board that are in no running call: who is in line, rings, writes, or is phoned.

import { Icon } from "../components/icon.js";
import { html } from "../html.js";
import { clockText, named, t } from "../language.js";

const SIGN = { waiting: "clock", offered: "phone", connected: "chat" };

export function BoardContacts({ contacts, now_ms, onMove }) {
  return html`<section class="card board-contacts" aria-labelledby="board-contacts">
    <h2 id="board-contacts">${t("board.contacts_title")}</h2>
    ${contacts.length === 0
      ? html`<p class="empty">${t("board.no_contacts")}</p>`
      : html`<ul class="rows">
          ${contacts.map((contact) => html`<${ContactRow} key=${contact.id} contact=${contact} now_ms=${now_ms} onMove=${onMove} />`)}
        </ul>`}
  </section>`;
}

function ContactRow({ contact, now_ms, onMove }) {
  const { id, name, agent, state, channel, kind, queue_name, arrived_at } = contact;
  // Who gets a link is called back by another channel; what counts is that nobody holds the line.
  const linked = kind === "callback" && channel !== "callback";
  const sign = state === "connected" && channel === "callback" ? "phone" : SIGN[state];
  const parts = [
    t(`board.contact_${state}`, { agent: agent?.name ?? "" }),
    named(queue_name),
    t(linked ? "offer.callback_title" : `channel.${channel}`),
    clockText((now_ms - Date.parse(arrived_at)) / 1000),
  ];
  return html`<li class="row" data-testid="contact-row" data-contact=${id} data-state=${state}>
    <span class="row-sign ${state === "waiting" ? "" : "is-call"}"><${Icon} name=${sign} size=${18} /></span>
    <span class="row-words">
      <strong>${name || t("call.visitor")}</strong>
      <small>${parts.join(" · ")}</small>
    </span>
    <${MoveButton} contact=${contact} onMove=${onMove} />
  </li>`;
}

/** onMove(contact): where to is asked elsewhere, as the row may go while that is asked. */
export function MoveButton({ contact, onMove }) {
  return html`<button
    type="button"
    class="button is-small"
    data-testid="move"
    aria-label=${t("move.open_name", { name: contact.name || t("call.visitor") })}
    onClick=${() => onMove(contact)}
  >
    <${Icon} name="arrow" size=${17} />${t("move.open")}
  </button>`;
}
