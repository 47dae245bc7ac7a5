// The line: which place, how long, and the calm certainty that nothing has been lost.

import { ConsentDialog } from "../components/consent_dialog.js";
import { DevicePreview } from "../components/device_preview.js";
import { OtherWays } from "../components/other_ways.js";
import { html } from "../html.js";
import { useTitle } from "../hooks.js";
import { dateText, named, t, waitRangeText } from "../language.js";

// More figures than this would not be counted but only make the line look hopeless.
const FIGURES_MAX = 7;

export function WaitingView({ session }) {
  const { contact, returned } = session.state;
  if (contact.kind === "callback" && (contact.channel === "callback" || contact.state !== "offered")) {
    return html`<${CalledBack} session=${session} />`;
  }
  const { position } = contact;
  const offered = contact.state !== "waiting"; // from the offer until the call is there
  useTitle(
    `${offered ? t("waiting.connecting") : t("waiting.place_short", { n: position ?? "…" })} · Mediacore`,
  );

  return html`<div class="waiting">
    <section class="waiting-place card" data-testid="waiting" data-position=${position}>
      <p class="eyebrow">${named(contact.queue_name)}</p>
      <div aria-live="polite" aria-atomic="true">
        <h1 data-testid="position">${headline(offered, position)}</h1>
        <p class="lead" data-testid="estimate">
          ${offered ? t("waiting.connecting_text") : estimate(contact)}
        </p>
      </div>
      <${Line} position=${offered ? 1 : position} />
      ${returned && html`<p class="banner is-warning" data-testid="returned">${t(contact.transferred ? "waiting.transferred" : "waiting.returned", { topic: named(contact.queue_name) })}</p>`}
      ${session.draining && html`<p class="banner is-warning">${t("waiting.draining")}</p>`}
      <p class="hint">${t("waiting.hint")}</p>
      <${OtherWays}
        offers=${contact.offers}
        onCallback=${(callback) => session.callBack(callback)}
        onMessage=${(text, sound) => session.leaveMessage(text, sound)}
      />
      <div class="actions">
        <button type="button" class="button" data-testid="leave" onClick=${() => session.leave()}>
          ${t("waiting.leave")}
        </button>
      </div>
    </section>
    <div class="waiting-side">
      ${contact.consent === "required" &&
      html`<${ConsentDialog} onAnswer=${(granted) => session.consent(granted)} />`}
      ${contact.channel !== "chat" &&
      html`<div class="card">
        <${DevicePreview} devices=${session.devices} name=${contact.customer?.name} compact />
      </div>`}
    </div>
  </div>`;
}

function CalledBack({ session }) {
  const { contact } = session.state;
  const phoning = contact.channel === "callback" && contact.state === "connected";
  useTitle(`${t("callback.title")} · Mediacore`);
  return html`<section class="notice card" data-testid="called-back" data-state=${contact.state}>
    <h1>${t("callback.title")}</h1>
    <p class="lead">${phoning ? t("phone.now") : promise(contact)}</p>
    <p class="hint">${t("callback.hint")}</p>
    ${!phoning &&
    html`<div class="actions">
      <button type="button" class="button" data-testid="leave" onClick=${() => session.leave()}>
        ${t("callback.cancel")}
      </button>
    </div>`}
  </section>`;
}

/** Who is not phoned gets a link. */
function promise({ channel, due_at }) {
  const phoned = channel === "callback";
  if (!due_at) return t(phoned ? "phone.in_line" : "callback.in_line");
  return t(phoned ? "phone.later" : "callback.later", { time: dateText(due_at) });
}

function headline(offered, position) {
  if (offered) return t("waiting.connecting");
  if (position == null) return t("waiting.in_line");
  return position === 1 ? t("waiting.next") : t("waiting.place", { n: position });
}

function estimate({ estimated_wait_s, estimated_wait_p90_s }) {
  if (estimated_wait_s == null) return t("waiting.estimate_unknown");
  return t("waiting.estimate", { wait: waitRangeText(estimated_wait_s, estimated_wait_p90_s) });
}

function Line({ position }) {
  if (position == null) return null;
  const ahead = Math.min(position - 1, FIGURES_MAX);
  return html`<div class="line" aria-hidden="true">
    <span class="line-goal"></span>
    ${position - 1 > FIGURES_MAX && html`<span class="line-more">…</span>`}
    ${Array.from({ length: ahead }, (_, index) => html`<span class="line-figure" key=${index}></span>`)}
    <span class="line-you"><span>${t("call.you")}</span></span>
  </div>`;
}
