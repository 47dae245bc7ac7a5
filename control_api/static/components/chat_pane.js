// A contact that is written with, where a call has its pictures.

import { html } from "../html.js";
import { t } from "../language.js";
import { useShortcuts } from "../shortcuts.js";
import { Chat } from "./chat.js";
import { Icon } from "./icon.js";

/** peer: who is written with; topic: what it is about; children: what goes on beside it. */
export function ChatPane({ conversation, peer, topic, onEnd, children }) {
  useShortcuts({ "shift+x": onEnd });
  return html`<section class="chat-pane card" data-testid="chat-pane">
    <header class="chat-pane-head">
      <${Icon} name="chat" size=${22} />
      <span class="chat-pane-words">
        <strong dir="auto">${peer}</strong>
        <small>${t("channel.chat")} · ${topic}</small>
      </span>
      <button type="button" class="button is-small" data-testid="hang-up" onClick=${onEnd}>
        <${Icon} name="close" size=${17} />${t("chat.end")}
      </button>
    </header>
    ${children}
    <${Chat} conversation=${conversation} to=${children && peer} />
  </section>`;
}
