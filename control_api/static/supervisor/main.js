// The supervisor's page: what is going on right now, watching a call, recordings.

import { Page, ReconnectingBar } from "../components/page.js";
import { StaffEntrance } from "../components/staff_entrance.js";
import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { openPage } from "../open_page.js";
import { BoardView } from "./board_view.js";
import { SupervisorSession } from "./session.js";
import { WatchView } from "./watch_view.js";

const session = new SupervisorSession();

function SupervisorPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  return html`<${Page} wide role=${t("supervisor.role")} keys=${[{ key: "Esc", label: t("keys.stop_watching") }]}>
    <${ReconnectingBar} connection=${session.connection} />
    <${StaffEntrance} session=${session} />
    ${view === "board" && html`<${BoardView} session=${session} />`}
    ${view === "watch" && html`<${WatchView} session=${session} />`}
  <//>`;
}

openPage(session, SupervisorPage);
