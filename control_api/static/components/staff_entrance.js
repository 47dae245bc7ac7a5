// What staff see before their page is there: no link yet, connecting, or refused.

import { html } from "../html.js";
import { t } from "../language.js";
import { LinkField } from "./link_field.js";
import { Connecting, Refusal } from "./page.js";

export function StaffEntrance({ session }) {
  const { view, connection } = session;
  if (view === "no_link") return html`<${LinkField} onToken=${(token) => session.useToken(token)} />`;
  if (view === "starting") return html`<${Connecting} />`;
  if (view !== "refused") return null;
  return html`<${Refusal} connection=${connection}>
    <button type="button" class="button" data-testid="other-link" onClick=${() => session.forgetToken()}>
      ${t("link.other")}
    </button>
  <//>`;
}
