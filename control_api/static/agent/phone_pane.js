// A customer whom the agent phones with a telephone of their own, where a call has its pictures.

import { Icon } from "../components/icon.js";
import { Elapsed } from "../components/stage.js";
import { html, useMemo } from "../html.js";
import { named, t } from "../language.js";
import { useShortcuts } from "../shortcuts.js";
import { toasts } from "../toasts.js";
import { Consultation } from "./consult.js";
import { telephoneLink } from "./telephone.js";

export function PhonePane({ session, peer }) {
  const { contact } = session.shown;
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const end = () => session.hangUp();
  useShortcuts({ "shift+x": end });
  return html`<section class="chat-pane phone-pane card" data-testid="phone-pane">
    <header class="chat-pane-head">
      <${Icon} name="phone" size=${22} />
      <span class="chat-pane-words">
        <strong dir="auto">${peer}</strong>
        <small>${t("channel.callback")} · ${named(contact.queue_name)}</small>
      </span>
      ${contact.connected_at && html`<${Elapsed} since=${contact.connected_at} clock=${clock} />`}
      <button type="button" class="button is-small is-primary" data-testid="hang-up" onClick=${end}>
        <${Icon} name="check" size=${17} />${t("phone.end")}
      </button>
    </header>
    ${contact.consult && html`<${Consultation} session=${session} />`}
    <div class="phone-call">
      <p class="phone-number" dir="ltr"><${Reached} text=${contact.call_to ?? ""} /></p>
      <p class="hint">${t("phone.how")}</p>
      ${navigator.clipboard &&
      html`<button type="button" class="button" data-testid="phone-copy" onClick=${() => copy(contact.call_to)}>
        <${Icon} name="copy" size=${17} />${t("phone.copy")}
      </button>`}
    </div>
  </section>`;
}

function Reached({ text }) {
  const link = telephoneLink(text);
  if (!link) return html`<span data-testid="phone-number">${text}</span>`;
  return html`<a href=${link} data-testid="phone-number">${text}</a>`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toasts.show(t("phone.copied"), "good");
  } catch {
    toasts.show(t("error.other"), "warning"); // the browser's user may have forbidden it
  }
}
