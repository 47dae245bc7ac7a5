// Gives the contact on screen to another queue or a colleague, or asks there first.

import { listColleagues, listQueues } from "../api.js";
import { Icon } from "../components/icon.js";
import { Dialog } from "../components/page.js";
import { html, useEffect, useState } from "../html.js";
import { named, t, tCode } from "../language.js";
import { toasts } from "../toasts.js";
import { SEARCHED_FROM, withName } from "./colleagues.js";

export function TransferButton({ session }) {
  const [open, setOpen] = useState(false);
  return html`<button type="button" class="button is-small" data-testid="transfer" onClick=${() => setOpen(true)}>
      <${Icon} name="arrow" size=${17} />${t("transfer.open")}
    </button>
    ${open && html`<${TransferDialog} session=${session} onClose=${() => setOpen(false)} />`}`;
}

function TransferDialog({ session, onClose }) {
  const { contact } = session.shown;
  const [queues, setQueues] = useState(null);
  const [colleagues, setColleagues] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const failed = ({ code }) => toasts.show(tCode("error", code), "warning");
    listQueues(session.token).then(setQueues, failed);
    listColleagues(session.token, contact.id).then(setColleagues, failed);
  }, []);
  const once = async (asked) => {
    setBusy(true);
    if (await asked) onClose();
    else setBusy(false);
  };
  const askable = session.view === "call" && !contact.consult;
  const choices = (to, id, name) => html`
    ${askable &&
    html`<button
      type="button"
      class="button is-small"
      disabled=${busy}
      data-testid=${`consult-${id}`}
      aria-label=${t("consult.ask_name", { name })}
      onClick=${() => once(session.consult(contact.id, to))}
    >
      ${t("consult.ask")}
    </button>`}
    <button
      type="button"
      class="button is-small"
      disabled=${busy}
      data-testid=${`transfer-to-${id}`}
      aria-label=${t("transfer.give_to", { name })}
      onClick=${() => once(session.transfer(contact.id, to))}
    >
      ${t("transfer.give")}
    </button>`;
  return html`<${Dialog} title=${t("transfer.title")} testid="transfer-dialog" onClose=${onClose}>
    <p>${t("transfer.text", { name: contact.customer?.name || t("call.visitor") })}</p>
    ${(!queues || !colleagues) && html`<span class="spinner"></span>`}
    ${colleagues && html`<${Colleagues} all=${colleagues} choices=${choices} />`}
    ${queues && html`<h3>${t("transfer.queues")}</h3>`}
    <ul class="rows">
      ${queues
        ?.filter(({ id }) => id !== contact.queue)
        .map(
          (queue) => html`<li class="row" key=${queue.id}>
            <span class="row-words">
              <strong>${named(queue.name)}</strong>
              <small>${queue.open ? t("transfer.waiting", { n: queue.waiting }) : t("transfer.closed")}</small>
            </span>
            ${choices({ queue: queue.id }, queue.id, named(queue.name))}
          </li>`,
        )}
    </ul>
  <//>`;
}

const DOT = { ready: "ready", busy: "busy", away: "not_ready" };
const SAID = { ready: "colleague.ready", busy: "colleague.busy", away: "colleague.away" };

function Colleagues({ all, choices }) {
  const [sought, setSought] = useState("");
  const found = withName(all, sought);
  return html`<h3>${t("transfer.colleagues")}</h3>
    ${all.length === 0 && html`<p class="empty">${t("transfer.nobody")}</p>`}
    ${all.length >= SEARCHED_FROM &&
    html`<label class="field">
      <span class="visually-hidden">${t("transfer.search")}</span>
      <input
        type="search"
        placeholder=${t("transfer.search")}
        data-testid="colleague-search"
        value=${sought}
        onInput=${(event) => setSought(event.target.value)}
      />
    </label>`}
    ${all.length > 0 && found.length === 0 && html`<p class="empty" role="status">${t("transfer.none_found")}</p>`}
    <ul class="rows" data-testid="colleagues">
      ${found.map(
        ({ id, name, state }) => html`<li class="row" key=${id} data-testid="colleague" data-state=${state}>
          <span class="row-words">
            <strong>${name || id}</strong>
            <small class="state-now is-${DOT[state]}"><span class="state-dot"></span>${t(SAID[state])}</small>
          </span>
          ${choices({ agent: id }, id, name || id)}
        </li>`,
      )}
    </ul>`;
}
