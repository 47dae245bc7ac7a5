// The supervisor's page: what is going on right now, watching a call, recordings.

import { LinkField } from "../components/link_field.js";
import { Page, ReconnectingBar, Refusal } from "../components/page.js";
import { html, render } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { followLinks } from "../token.js";
import { BoardView } from "./board_view.js";
import { SupervisorSession } from "./session.js";
import { WatchView } from "./watch_view.js";

const session = new SupervisorSession();

// For tests and for whoever looks into a problem with the browser's console.
window.mediacore = {
  get call() {
    return session.call;
  },
  get connection() {
    return session.connection;
  },
};

function SupervisorPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  return html`<${Page} wide role=${t("supervisor.role")} keys=${[{ key: "Esc", label: t("keys.stop_watching") }]}>
    <${ReconnectingBar} connection=${session.connection} />
    ${view === "no_link" && html`<${LinkField} onToken=${(token) => session.useToken(token)} />`}
    ${view === "starting" && html`<p class="starting" role="status"><span class="spinner"></span>${t("connection.connecting")}</p>`}
    ${view === "refused" &&
    html`<${Refusal} connection=${session.connection}>
      <button type="button" class="button" data-testid="other-link" onClick=${() => session.forgetToken()}>
        ${t("link.other")}
      </button>
    <//>`}
    ${view === "board" && html`<${BoardView} session=${session} />`}
    ${view === "watch" && html`<${WatchView} session=${session} />`}
  <//>`;
}

language.begin();
followLinks();
session.begin();
const root = document.getElementById("page");
root.replaceChildren();
render(html`<${SupervisorPage} />`, root);
