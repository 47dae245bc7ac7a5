// Between contacts: waiting for the next one, or away from the desk.

import { Icon } from "../components/icon.js";
import { html } from "../html.js";
import { useTitle } from "../hooks.js";
import { t } from "../language.js";
import { OfferCard } from "./offer_card.js";

// Reasons the server gives when it took the agent off the line itself; they need an explanation.
const EXPLAINED = { missed_offer: "warning", rejected_offer: "info", signed_in: "info" };

export function DeskView({ session }) {
  const { agent, offer } = session.state;
  useTitle(
    `${offer ? t("offer.title") : t(agent.state === "ready" ? "state.ready" : "agent.role")} · Mediacore`,
  );
  if (offer) return html`<div class="desk"><${OfferCard} session=${session} key=${offer.epoch} /></div>`;

  const ready = agent.state === "ready" || agent.state === "reserved";
  const { reason } = agent;
  const known = !ready && reason in EXPLAINED;
  return html`<div class="desk">
    <section class="desk-state card ${ready ? "is-ready" : ""}" data-testid="desk">
      <span class="desk-sign ${ready ? "is-ready" : ""}"><${Icon} name=${ready ? "phone" : EXPLAINED[reason] === "warning" ? "alert" : "cup"} size=${34} /></span>
      <h1>${ready ? t("agent.ready_title") : t("agent.away_title")}</h1>
      ${known
        ? html`<p class="banner is-${EXPLAINED[reason]}" role="status" data-testid="explanation" data-reason=${reason}>
            ${t(`agent.because_${reason}`)}
          </p>`
        : html`<p class="lead">${ready ? t("agent.ready_text") : t("agent.away_text")}</p>`}
      ${!ready &&
      html`<button type="button" class="button is-primary is-large" data-testid="go-ready" onClick=${() => session.become("ready")}>
        ${t("agent.go_ready")}
      </button>`}
      ${session.draining && html`<p class="hint">${t("agent.draining")}</p>`}
    </section>
  </div>`;
}
