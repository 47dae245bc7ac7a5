// Where a contact can go: to another queue or to one agent. Agents see it as a transfer, and may ask
// there first; supervisors move.

import { listColleagues, listQueues } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { named, t, tCode } from "../language.js";
import { SEARCHED_FROM, withName } from "./colleagues.js";
import { Dialog } from "./page.js";

/**
 * text: what becomes of the contact. people: what those are called to whom it can go. choices: what
 * can be done with each queue and agent, in the order of its buttons: [{id, text, named, act}];
 * `named(name)` is the whole of it in words, `act(to)` with {queue} or {agent} rejects with the
 * server's refusal.
 */
export function TransferDialog({ token, contact, title, text, people, choices, onClose }) {
  const [queues, setQueues] = useState(null);
  const [colleagues, setColleagues] = useState(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const failed = ({ code }) => setProblem(code);
  useEffect(() => {
    listQueues(token).then(setQueues, failed);
    listColleagues(token, contact.id).then(setColleagues, failed);
  }, []);
  const once = (asked) => {
    setBusy(true);
    setProblem(null);
    asked.then(onClose, failed).finally(() => setBusy(false));
  };
  const buttons = (to, id, name) => html`<span class="row-choices">
    ${choices.map(
      (one) => html`<button
        type="button"
        key=${one.id}
        class="button is-small"
        disabled=${busy}
        data-testid=${`${one.id}-${id}`}
        aria-label=${one.named(name)}
        onClick=${() => once(one.act(to))}
      >
        ${one.text}
      </button>`,
    )}
  </span>`;
  return html`<${Dialog} title=${title} testid="transfer-dialog" onClose=${onClose}>
    <p>${text}</p>
    ${problem &&
    html`<p class="banner is-warning" role="alert" data-testid="transfer-problem">${tCode("transfer_error", problem)}</p>`}
    ${!problem && (!queues || !colleagues) && html`<span class="spinner"></span>`}
    ${colleagues && html`<${Colleagues} title=${people} all=${colleagues} buttons=${buttons} />`}
    ${queues && html`<${Queues} all=${queues.filter(({ id }) => id !== contact.queue)} buttons=${buttons} />`}
  <//>`;
}

function Queues({ all, buttons }) {
  return html`<section>
    <h3>${t("transfer.queues")}</h3>
    <ul class="rows">
      ${all.map(
        ({ id, name, open, waiting }) => html`<li class="row" key=${id}>
          <span class="row-words">
            <strong>${named(name)}</strong>
            <small>${open ? t("transfer.waiting", { n: waiting }) : t("transfer.closed")}</small>
          </span>
          ${buttons({ queue: id }, id, named(name))}
        </li>`,
      )}
    </ul>
  </section>`;
}

const DOT = { ready: "ready", busy: "busy", away: "not_ready" };
const SAID = { ready: "colleague.ready", busy: "colleague.busy", away: "colleague.away" };

function Colleagues({ title, all, buttons }) {
  const [sought, setSought] = useState("");
  const found = withName(all, sought);
  return html`<section>
    <h3>${title}</h3>
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
          ${buttons({ agent: id }, id, name || id)}
        </li>`,
      )}
    </ul>
  </section>`;
}
