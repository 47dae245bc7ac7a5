// A contact goes where the supervisor says, from wherever it is.

import { TransferDialog } from "../components/transfer_dialog.js";
import { html } from "../html.js";
import { named, t } from "../language.js";

export function MoveDialog({ session, contact, onClose }) {
  const name = contact.name || t("call.visitor");
  const connected = contact.state === "connected";
  const move = {
    id: "move-to",
    text: t("move.give"),
    named: (target) => t("move.give_to", { name: target }),
    act: (to) => session.transfer(contact.id, to),
  };
  return html`<${TransferDialog}
    token=${session.token}
    contact=${contact}
    title=${t("move.title", { name })}
    text=${connected
      ? t("move.text_connected", { agent: contact.agent.name })
      : t("move.text", { queue: named(contact.queue_name) })}
    people=${t("board.agents_title")}
    choices=${[move]}
    onClose=${onClose}
  />`;
}
