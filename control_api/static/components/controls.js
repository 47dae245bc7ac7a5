// The row of buttons under a call.

import { html } from "../html.js";
import { useChange } from "../hooks.js";
import { t } from "../language.js";
import { useShortcuts } from "../shortcuts.js";
import { toasts } from "../toasts.js";
import { Icon } from "./icon.js";

export function callKeys({ hold, camera = true } = {}) {
  return [
    { key: "M", label: t("keys.microphone") },
    ...(camera ? [{ key: "V", label: t("keys.camera") }] : []),
    { key: "S", label: t("keys.share") },
    { key: "C", label: t("keys.chat") },
    ...(hold ? [{ key: "H", label: t("keys.hold") }] : []),
    { key: "Shift+X", label: t("keys.hang_up") },
  ];
}

function Control({ icon, name, testid, pressed, kind = "", badge = 0, disabled, onClick }) {
  return html`<button
    type="button"
    class="control ${kind}"
    data-testid=${testid}
    aria-label=${name}
    aria-pressed=${pressed}
    title=${name}
    disabled=${disabled}
    onClick=${onClick}
  >
    <span class="control-face">
      <${Icon} name=${icon} size=${22} />
      ${badge > 0 && html`<span class="badge" data-testid="chat-unread">${badge}</span>`}
    </span>
    <span class="control-name" aria-hidden="true">${name}</span>
  </button>`;
}

/** hold: {held, toggle} for an agent; chat: {open, unread, toggle}. */
export function Controls({ call, devices, chat, hold, onHangUp }) {
  useChange(call);
  useChange(devices);
  const canShare = Boolean(navigator.mediaDevices?.getDisplayMedia);

  const turn = async (source) => {
    await devices.turn(source, devices.publishes(source) ? !devices.on[source] : true);
    if (!devices.publishes(source)) toasts.show(t(`call.no_${source}`), "warning");
  };
  const share = async () => {
    if (call.sharing) return call.unshare();
    try {
      return await call.share();
    } catch (error) {
      // Closing the browser's picker is an answer, not a fault.
      if (error.name !== "NotAllowedError") toasts.show(t("call.share_failed"), "warning");
      return undefined;
    }
  };
  useShortcuts({
    m: () => turn("microphone"),
    v: devices.needs("camera") ? () => turn("camera") : null,
    s: canShare ? share : null,
    c: chat.toggle,
    h: hold?.toggle,
    "shift+x": onHangUp,
  });

  const source = (which) => {
    const on = devices.on[which] && devices.publishes(which);
    return html`<${Control}
      icon=${on ? which : `${which}_off`}
      name=${t(`call.${which}_${on ? "off" : "on"}`)}
      testid=${`toggle-${which}`}
      pressed=${!on}
      kind=${on ? "" : "is-off"}
      onClick=${() => turn(which)}
    />`;
  };
  return html`<div class="controls" role="toolbar" aria-label=${t("call.controls")}>
    ${source("microphone")} ${devices.needs("camera") && source("camera")}
    ${canShare &&
    html`<${Control}
      icon=${call.sharing ? "screen_stop" : "screen"}
      name=${t(call.sharing ? "call.share_stop" : "call.share")}
      testid="toggle-share"
      pressed=${Boolean(call.sharing)}
      kind=${call.sharing ? "is-active" : ""}
      onClick=${share}
    />`}
    ${hold &&
    html`<${Control}
      icon=${hold.held ? "play" : "pause"}
      name=${t(hold.held ? "call.resume" : "call.hold")}
      testid="toggle-hold"
      pressed=${hold.held}
      kind=${hold.held ? "is-active" : ""}
      onClick=${hold.toggle}
    />`}
    <${Control}
      icon="chat"
      name=${t("call.chat")}
      testid="toggle-chat"
      pressed=${chat.open}
      kind=${chat.open ? "is-active" : ""}
      badge=${chat.open ? 0 : chat.unread}
      onClick=${chat.toggle}
    />
    <${Control} icon="hangup" name=${t("call.hang_up")} testid="hang-up" kind="is-danger" onClick=${onHangUp} />
  </div>`;
}
