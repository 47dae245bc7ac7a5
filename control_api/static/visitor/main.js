// The visitor's page: choose a topic, wait, talk, leave.

import { Notice, Page, ReconnectingBar, Refusal } from "../components/page.js";
import { callKeys } from "../components/controls.js";
import { html, render } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { followLinks } from "../token.js";
import { CallView } from "./call_view.js";
import { ChooseView } from "./choose_view.js";
import { EndedView } from "./ended_view.js";
import { VisitorSession } from "./session.js";
import { WaitingView } from "./waiting_view.js";

const session = new VisitorSession();

// For tests and for whoever looks into a problem with the browser's console.
window.mediacore = {
  get call() {
    return session.call;
  },
  get connection() {
    return session.connection;
  },
};

function VisitorPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  if (view === "call") return html`<${CallView} session=${session} />`;
  return html`<${Page} keys=${callKeys()}>
    <${ReconnectingBar} connection=${session.connection} />
    ${view === "choose" && html`<${ChooseView} session=${session} />`}
    ${view === "waiting" && html`<${WaitingView} session=${session} />`}
    ${view === "ended" && html`<${EndedView} session=${session} />`}
    ${view === "refused" && html`<${Refusal} connection=${session.connection} />`}
    ${view === "starting" && html`<p class="starting" role="status"><span class="spinner"></span>${t("connection.connecting")}</p>`}
    ${view === "no_link" &&
    html`<${Notice} testid="no-link" title=${t("visitor.no_link_title")} text=${t("visitor.no_link_text")} />`}
  <//>`;
}

language.begin();
followLinks();
session.begin();
const root = document.getElementById("page");
root.replaceChildren();
render(html`<${VisitorPage} />`, root);
