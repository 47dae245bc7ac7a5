// After the call, or after leaving the line.

import { Icon } from "../components/icon.js";
import { html, useMemo } from "../html.js";
import { useTitle } from "../hooks.js";
import { clockText, t } from "../language.js";

const TEXTS = {
  completed: { title: () => t("ended.title"), text: () => t("ended.text") },
  abandoned: { title: () => t("ended.left_title"), text: () => t("ended.left_text") },
  dismissed: { title: () => t("ended.dismissed_title"), text: () => t("ended.dismissed_text") },
  message: { title: () => t("ended.message_title"), text: () => t("ended.message_text") },
};

const CHATTED = { title: () => t("wrap_up.chat_title"), text: () => t("ended.chat_text") };

export function EndedView({ session }) {
  const { contact, talk } = session.state;
  const talked = contact.state === "completed";
  const chat = contact.channel === "chat";
  const { title, text } = chat && talked ? CHATTED : (TEXTS[contact.state] ?? TEXTS.abandoned);
  // The server's figure comes a moment after the end; until then our own clock is near enough.
  const until_ms = useMemo(() => session.connection.now_ms(), []);
  const seconds = contact.talk_s ?? (talk ? (until_ms - Date.parse(talk)) / 1000 : null);
  useTitle(`${title()} · Mediacore`);
  return html`<section class="notice card" data-testid="ended" data-state=${contact.state}>
    <span class="notice-icon is-good"><${Icon} name=${talked ? "check" : "flag"} size=${28} /></span>
    <h1>${title()}</h1>
    <p>
      ${talked && !chat && seconds !== null
        ? t("ended.talked", { time: clockText(seconds), name: contact.agent?.name ?? t("call.agent") })
        : text()}
    </p>
    <div class="actions">
      ${session.canAskAgain
        ? html`<button type="button" class="button is-primary" data-testid="start-again" onClick=${() => session.startAgain()}>
            ${t("ended.again")}
          </button>`
        : html`<p class="hint">${t("ended.close")}</p>`}
    </div>
  </section>`;
}
