// The agent's page: sign in, take offers, talk, wrap up.

import { callKeys } from "../components/controls.js";
import { Page, ReconnectingBar } from "../components/page.js";
import { StaffEntrance } from "../components/staff_entrance.js";
import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { openPage } from "../open_page.js";
import { ContactView } from "./contact_view.js";
import { DeskView } from "./desk_view.js";
import { AgentSession } from "./session.js";
import { SignInView } from "./sign_in_view.js";
import { StateBar } from "./state_bar.js";

const session = new AgentSession();

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
    <${StaffEntrance} session=${session} />
    ${view === "sign_in" && html`<${SignInView} session=${session} />`}
    ${view === "desk" && html`<${DeskView} session=${session} />`}
    ${engaged && html`<${ContactView} session=${session} key=${session.state.contact.id} />`}
  <//>`;
}

openPage(session, AgentPage);
