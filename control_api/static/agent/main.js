// The agent's page: sign in, take offers, talk, wrap up.

import { callKeys } from "../components/controls.js";
import { Page, ReconnectingBar } from "../components/page.js";
import { StaffEntrance } from "../components/staff_entrance.js";
import { Voices } from "../components/video_tile.js";
import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { language, t } from "../language.js";
import { openPage } from "../open_page.js";
import { ContactView } from "./contact_view.js";
import { DeskView } from "./desk_view.js";
import { OfferCard } from "./offer_card.js";
import { AgentSession } from "./session.js";
import { SignInView } from "./sign_in_view.js";
import { StateBar } from "./state_bar.js";
import { WorkList } from "./work_list.js";

const session = new AgentSession();

function AgentPage() {
  useChange(language);
  useChange(session);
  const view = session.view;
  const engaged = ["call", "chat", "phone", "wrap_up"].includes(view);
  const several = engaged && session.inHand.length > 1;
  const keys = [
    { key: "A", label: t("keys.accept") },
    { key: "R", label: t("keys.reject") },
    { key: "1–9", label: t("keys.switch") },
    ...callKeys({ hold: true, camera: session.devices.needs("camera") }),
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
    ${engaged &&
    html`<div class="workplace ${several ? "has-list" : ""}">
      ${several && html`<${WorkList} session=${session} />`}
      <${ContactView} session=${session} key=${session.shown.id} />
      ${session.inHand
        .filter(({ id }) => id !== session.shown.id && session.attendance(id).call)
        .map(({ id }) => html`<${VoicesOf} key=${id} call=${session.attendance(id).call} />`)}
      ${session.state.offer &&
      html`<div class="offer-over"><${OfferCard} session=${session} key=${session.state.offer.epoch} /></div>`}
    </div>`}
  <//>`;
}

// A call goes on while another contact is on screen.
function VoicesOf({ call }) {
  useChange(call);
  return html`<${Voices} streams=${call.remote.filter(({ kind, stream }) => kind === "audio" && stream)} />`;
}

openPage(session, AgentPage);
