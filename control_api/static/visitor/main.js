// The visitor's page: choose a topic, wait, talk, leave.

import { Connecting, Notice, Page, ReconnectingBar, Refusal } from "../components/page.js";
import { callKeys } from "../components/controls.js";
import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { openPage } from "../open_page.js";
import { CallView } from "./call_view.js";
import { ChatView } from "./chat_view.js";
import { ChooseView } from "./choose_view.js";
import { EndedView } from "./ended_view.js";
import { VisitorSession } from "./session.js";
import { WaitingView } from "./waiting_view.js";

const session = new VisitorSession();

function VisitorPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  if (view === "call") return html`<${CallView} session=${session} />`;
  return html`<${Page} keys=${callKeys()}>
    <${ReconnectingBar} connection=${session.connection} />
    ${view === "choose" && html`<${ChooseView} session=${session} />`}
    ${view === "waiting" && html`<${WaitingView} session=${session} />`}
    ${view === "chat" && html`<${ChatView} session=${session} />`}
    ${view === "ended" && html`<${EndedView} session=${session} />`}
    ${view === "refused" && html`<${Refusal} connection=${session.connection} />`}
    ${view === "starting" && html`<${Connecting} />`}
    ${view === "no_link" &&
    html`<${Notice} testid="no-link" title=${t("visitor.no_link_title")} text=${t("visitor.no_link_text")} />`}
  <//>`;
}

openPage(session, VisitorPage);
