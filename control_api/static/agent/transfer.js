// Gives the contact on screen to another queue or a colleague, or asks there first.

import { Icon } from "../components/icon.js";
import { TransferDialog } from "../components/transfer_dialog.js";
import { html, useState } from "../html.js";
import { t } from "../language.js";

export function TransferButton({ session }) {
  const [open, setOpen] = useState(false);
  const { contact } = session.shown;
  const ask = {
    id: "consult",
    text: t("consult.ask"),
    named: (name) => t("consult.ask_name", { name }),
    act: (whom) => session.consult(contact.id, whom),
  };
  const give = {
    id: "transfer-to",
    text: t("transfer.give"),
    named: (name) => t("transfer.give_to", { name }),
    act: (to) => session.transfer(contact.id, to),
  };
  return html`<button type="button" class="button is-small" data-testid="transfer" onClick=${() => setOpen(true)}>
      <${Icon} name="arrow" size=${17} />${t("transfer.open")}
    </button>
    ${open &&
    html`<${TransferDialog}
      token=${session.token}
      contact=${contact}
      title=${t("transfer.title")}
      text=${t("transfer.text", { name: contact.customer?.name || t("call.visitor") })}
      people=${t("transfer.colleagues")}
      choices=${contact.consult ? [give] : [ask, give]}
      onClose=${() => setOpen(false)}
    />`}`;
}
