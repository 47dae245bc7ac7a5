// The contact that is being offered: who, about what, and how long there is to answer.

import { Icon } from "../components/icon.js";
import { html, useMemo, useState } from "../html.js";
import { useNow } from "../hooks.js";
import { named, t } from "../language.js";
import { mediumOf } from "../protocol.js";
import { useShortcuts } from "../shortcuts.js";
import { Facts } from "./facts.js";
import { CHANNEL_ICON } from "./work_list.js";

const REASONS = ["skill", "language", "acquainted", "occupied", "technical"];
const RING_RADIUS = 34;
const RING_LENGTH = 2 * Math.PI * RING_RADIUS;

export function OfferCard({ session }) {
  const { offer } = session.state;
  const { contact } = offer;
  const { answering } = session;
  const [reason, setReason] = useState("");
  const reject = () => session.answer("reject", reason || undefined);
  useShortcuts({ a: () => session.answer("accept"), r: reject });
  return html`<section class="offer card" role="alertdialog" aria-labelledby="offer-title" data-testid="offer">
    <div class="offer-head">
      <div>
        <p class="eyebrow">
          ${titleOf(contact)} · ${t(`channel.${contact.channel}`)} ·
          ${" "}${named(contact.queue_name)}
        </p>
        <h1 id="offer-title" data-testid="offer-name">${contact.customer?.name || t("call.visitor")}</h1>
      </div>
      <${Countdown} offer=${offer} session=${session} />
    </div>
    <${Facts} contact=${contact} session=${session} />
    ${mediumOf({ channel: contact.channel, contact }) === "phone" && html`<p class="hint">${t("offer.phone_hint")}</p>`}
    <label class="field">
      <span class="field-label">${t("offer.reason")}</span>
      <select value=${reason} data-testid="reject-reason" onChange=${(event) => setReason(event.target.value)}>
        <option value="">${t("offer.no_reason")}</option>
        ${REASONS.map((one) => html`<option key=${one} value=${one}>${t(`offer.reason_${one}`)}</option>`)}
      </select>
    </label>
    <div class="offer-actions">
      <button
        type="button"
        class="button is-large"
        data-testid="reject"
        disabled=${answering}
        onClick=${reject}
      >
        ${t("offer.reject")} <kbd>R</kbd>
      </button>
      <button
        type="button"
        class="button is-primary is-large"
        data-testid="accept"
        disabled=${answering}
        onClick=${() => session.answer("accept")}
      >
        ${answering === "accept" ? html`<span class="spinner"></span>` : html`<${Icon} name=${CHANNEL_ICON[contact.channel]} />`}
        ${t("offer.accept")} <kbd>A</kbd>
      </button>
    </div>
  </section>`;
}

function titleOf({ kind, asked_by }) {
  if (kind === "consult") return t("offer.consult_title", { name: asked_by?.name ?? t("call.agent") });
  return t(kind === "callback" ? "offer.callback_title" : "offer.title");
}

function Countdown({ offer, session }) {
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const now_ms = useNow(clock, 250);
  const left_s = Math.max(0, (Date.parse(offer.expires_at) - now_ms) / 1000);
  const share = Math.min(1, left_s / offer.timeout_s);
  return html`<div class="ring ${left_s < 6 ? "is-late" : ""}" role="timer" aria-label=${t("offer.left", { n: Math.ceil(left_s) })}>
    <svg viewBox="0 0 80 80" width="80" height="80" aria-hidden="true">
      <circle class="ring-track" cx="40" cy="40" r=${RING_RADIUS} />
      <circle
        class="ring-left"
        cx="40"
        cy="40"
        r=${RING_RADIUS}
        stroke-dasharray=${RING_LENGTH}
        stroke-dashoffset=${RING_LENGTH * (1 - share)}
        transform="rotate(-90 40 40)"
      />
    </svg>
    <span data-testid="offer-countdown">${Math.ceil(left_s)}</span>
  </div>`;
}
