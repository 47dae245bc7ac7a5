// The visitor's running call.

import { Chat } from "../components/chat.js";
import { ConsentDialog } from "../components/consent_dialog.js";
import { Controls } from "../components/controls.js";
import { ReconnectingBar } from "../components/page.js";
import { RecordingSign, Stage } from "../components/stage.js";
import { html, useMemo, useState } from "../html.js";
import { useChange, useTitle } from "../hooks.js";
import { t } from "../language.js";

export function CallView({ session }) {
  const { contact, call: view } = session.state;
  const { call, conversation, connection, devices } = session;
  useChange(conversation);
  const [chatOpen, setChatOpen] = useState(false);
  const clock = useMemo(() => () => connection.now_ms(), [connection]);
  const peer = contact.agent?.name ?? t("call.agent");
  useTitle(`${t("call.with", { name: peer })} · Mediacore`);

  const sign = html`<${RecordingSign} recording=${contact.recording}>
    ${contact.consent === "granted" &&
    html`<button
      type="button"
      class="recording-stop"
      data-testid="consent-withdraw"
      onClick=${() => session.consent(false)}
    >
      ${t("consent.withdraw")}
    </button>`}
  <//>`;

  return html`<main class="call ${chatOpen ? "has-panel" : ""}" data-testid="call">
    <h1 class="visually-hidden">${t("call.with", { name: peer })}</h1>
    <div class="call-main">
      <${Stage}
        call=${call}
        devices=${devices}
        me=${contact.customer?.name}
        peer=${peer}
        held=${view.held && t("call.held_visitor")}
        waiting=${t("call.joining")}
        since=${view.started_at}
        clock=${clock}
        recording=${sign}
      >
        <${ReconnectingBar} connection=${connection} />
        ${contact.consent === "required" &&
        html`<${ConsentDialog} onAnswer=${(granted) => session.consent(granted)} />`}
      <//>
      <${Controls}
        call=${call}
        devices=${devices}
        chat=${{ open: chatOpen, unread: conversation.unread, toggle: () => setChatOpen(!chatOpen) }}
        onHangUp=${() => session.hangUp()}
      />
    </div>
    ${chatOpen &&
    html`<aside class="call-panel">
      <${Chat} conversation=${conversation} onClose=${() => setChatOpen(false)} />
    </aside>`}
  </main>`;
}
