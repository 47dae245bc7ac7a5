// The agent's state and its choices, always in reach at the top of the page.

import { html, useMemo } from "../html.js";
import { stateText } from "../components/agent_state.js";
import { Icon } from "../components/icon.js";
import { useNow } from "../hooks.js";
import { clockText, t } from "../language.js";
import { REASONS } from "./state.js";

const ICON = { ready: "check", break: "cup", training: "note", meeting: "people" };

export function StateBar({ session }) {
  const { agent } = session.state;
  const engaged = session.inHand.length > 0;
  const current = agent.reason ?? "ready";
  return html`<div class="state-bar">
    <span class="state-now is-${agent.state}" data-testid="agent-state" data-state=${agent.state} data-reason=${agent.reason}>
      <span class="state-dot"></span>
      <span class="state-name">${stateText(agent)}</span>
      <${SinceClock} agent=${agent} session=${session} />
    </span>
    <div class="segments" role="group" aria-label=${engaged ? t("agent.state_afterwards") : t("agent.state_choice")}>
      ${engaged && html`<span class="state-then" aria-hidden="true">${t("agent.then")}</span>`}
      ${["ready", ...REASONS].map(
        (state) => html`<button
          type="button"
          key=${state}
          data-testid=${`state-${state}`}
          aria-pressed=${current === state}
          title=${engaged ? t("agent.afterwards", { state: t(`state.${state}`) }) : t(`state.${state}`)}
          onClick=${() => session.become(state)}
        >
          <${Icon} name=${ICON[state]} size=${17} /><span>${t(`state.${state}`)}</span>
        </button>`,
      )}
    </div>
    <span class="agent-name hide-narrow">${agent.name}</span>
    ${!engaged &&
    html`<button type="button" class="button is-quiet is-small" data-testid="sign-out" onClick=${() => session.signOut()}>
      ${t("agent.sign_out")}
    </button>`}
  </div>`;
}

export function SinceClock({ agent, session }) {
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const now_ms = useNow(clock);
  return html`<time class="elapsed">${clockText((now_ms - Date.parse(agent.since)) / 1000)}</time>`;
}
