// All contacts in hand, where there are several: who, by what, what is unread, how long a wrap-up
// still takes. One of them is on screen.

import { Icon } from "../components/icon.js";
import { html, useMemo } from "../html.js";
import { useChange, useNow } from "../hooks.js";
import { clockText, t } from "../language.js";
import { useShortcuts } from "../shortcuts.js";

export const CHANNEL_ICON = { video: "camera", voice: "phone", chat: "chat", callback: "phone" };

// As many as there are digits to press.
const KEYS_MAX = 9;

export function WorkList({ session }) {
  const { inHand, state } = session;
  const keyed = inHand.slice(0, KEYS_MAX);
  useShortcuts(Object.fromEntries(keyed.map(({ id }, index) => [`${index + 1}`, () => session.show(id)])));
  return html`<nav class="work-list" aria-label=${t("work.list")} data-testid="work-list">
    ${inHand.map(
      (one, index) => html`<${Item}
        key=${one.id}
        one=${one}
        digit=${index < KEYS_MAX ? index + 1 : null}
        shown=${one.id === state.shown}
        conversation=${session.attendance(one.id).conversation}
        session=${session}
      />`,
    )}
  </nav>`;
}

function Item({ one, digit, shown, conversation, session }) {
  useChange(conversation);
  const { unread } = conversation;
  const name = one.contact.customer?.name || t("call.visitor");
  return html`<button
    type="button"
    class="work-item is-${one.state}"
    aria-current=${shown ? "true" : null}
    data-testid="work-item"
    data-channel=${one.channel}
    data-state=${one.state}
    data-contact=${one.id}
    onClick=${() => session.show(one.id)}
  >
    <${Icon} name=${CHANNEL_ICON[one.channel]} size=${18} />
    <span class="work-item-words">
      <strong dir="auto">${name}</strong>
      <small>
        ${t(`channel.${one.channel}`)}
        ${one.state === "wrap_up" && html` · <${Left} ends_at=${one.wrap_up_ends_at} session=${session} />`}
        ${one.call?.held && html` · ${t("board.held")}`}
      </small>
    </span>
    ${unread > 0 && html`<span class="badge" data-testid="work-unread" aria-label=${t("work.unread", { n: unread })}>${unread}</span>`}
    ${digit && html`<kbd class="hide-narrow" aria-hidden="true">${digit}</kbd>`}
  </button>`;
}

/** How long the wrap-up still takes. */
function Left({ ends_at, session }) {
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);
  const left_s = Math.ceil((Date.parse(ends_at) - useNow(clock)) / 1000);
  return html`${t("state.wrap_up")} <span role="timer">${clockText(Math.max(0, left_s))}</span>`;
}
