// An agent's state in words.

import { t } from "../language.js";

/** What the agent does, and why no more contacts come: the reason says more than "not ready". */
export function stateText({ state, reason, work }) {
  if (state === "not_ready" && reason) return t(`state.${reason}`);
  const calls = work.some((one) => one.state === "connected" && one.channel !== "chat");
  const name = t(state === "busy" && !calls ? "state.chatting" : `state.${state}`);
  return reason && state !== "offline" ? `${name} · ${t(`state.${reason}`)}` : name;
}
