// Gives the contact on screen to another queue, or asks a colleague there first.

import { listQueues } from "../api.js";
import { Icon } from "../components/icon.js";
import { Dialog } from "../components/page.js";
import { html, useEffect, useState } from "../html.js";
import { named, t, tCode } from "../language.js";
import { toasts } from "../toasts.js";

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
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const failed = ({ code }) => toasts.show(tCode("error", code), "warning");
    listQueues(session.token).then(setQueues, failed);
  }, []);
  const give = async (queue) => {
    setBusy(true);
    if (await session.transfer(contact.id, queue)) onClose();
    else setBusy(false);
  };
  const consult = async (queue) => {
    setBusy(true);
    if (await session.consult(contact.id, queue)) onClose();
    else setBusy(false);
  };
  const askable = session.view === "call" && !contact.consult;
  return html`<${Dialog} title=${t("transfer.title")} testid="transfer-dialog" onClose=${onClose}>
    <p>${t("transfer.text", { name: contact.customer?.name || t("call.visitor") })}</p>
    ${!queues && html`<span class="spinner"></span>`}
    <ul class="rows">
      ${queues
        ?.filter(({ id }) => id !== contact.queue)
        .map(
          (queue) => html`<li class="row" key=${queue.id}>
            <span class="row-words">
              <strong>${named(queue.name)}</strong>
              <small>${queue.open ? t("transfer.waiting", { n: queue.waiting }) : t("transfer.closed")}</small>
            </span>
            ${askable &&
            html`<button
              type="button"
              class="button is-small"
              disabled=${busy}
              data-testid=${`consult-${queue.id}`}
              onClick=${() => consult(queue.id)}
            >
              ${t("consult.ask")}
            </button>`}
            <button
              type="button"
              class="button is-small"
              disabled=${busy}
              data-testid=${`transfer-to-${queue.id}`}
              onClick=${() => give(queue.id)}
            >
              ${t("transfer.give")}
            </button>
          </li>`,
        )}
    </ul>
  <//>`;
}
