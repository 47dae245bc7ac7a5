// The agent's page: sign in, take offers, talk, wrap up.

import { callKeys } from "../components/controls.js";
import { LinkField } from "../components/link_field.js";
import { Page, ReconnectingBar, Refusal } from "../components/page.js";
import { html, render } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { followLinks } from "../token.js";
import { ContactView } from "./contact_view.js";
import { DeskView } from "./desk_view.js";
import { AgentSession } from "./session.js";
import { SignInView } from "./sign_in_view.js";
import { StateBar } from "./state_bar.js";

const session = new AgentSession();

// For tests and for whoever looks into a problem with the browser's console.
window.mediacore = {
  get call() {
    return session.call;
  },
  get connection() {
    return session.connection;
  },
};

function AgentPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  const engaged = view === "call" || view === "wrap_up";
  const keys = [
    { key: "A", label: t("keys.accept") },
    { key: "R", label: t("keys.reject") },
    ...callKeys({ hold: true }),
  ];
  const signedIn = engaged || view === "desk";
  return html`<${Page}
    wide
    keys=${keys}
    role=${t("agent.role")}
    bar=${signedIn && html`<${StateBar} session=${session} />`}
  >
    <${ReconnectingBar} connection=${session.connection} />
    ${view === "no_link" && html`<${LinkField} onToken=${(token) => session.useToken(token)} />`}
    ${view === "starting" && html`<p class="starting" role="status"><span class="spinner"></span>${t("connection.connecting")}</p>`}
    ${view === "refused" &&
    html`<${Refusal} connection=${session.connection}>
      <button type="button" class="button" data-testid="other-link" onClick=${() => session.forgetToken()}>
        ${t("link.other")}
      </button>
    <//>`}
    ${view === "sign_in" && html`<${SignInView} session=${session} />`}
    ${view === "desk" && html`<${DeskView} session=${session} />`}
    ${engaged && html`<${ContactView} session=${session} key=${session.state.contact.id} />`}
  <//>`;
}

language.begin();
followLinks();
session.begin();
const root = document.getElementById("page");
root.replaceChildren();
render(html`<${AgentPage} />`, root);
