// Before the shift: who you are, and whether camera and microphone work.

import { DevicePreview } from "../components/device_preview.js";
import { html, useState } from "../html.js";
import { useChange, useTitle } from "../hooks.js";
import { t } from "../language.js";

export function SignInView({ session }) {
  const { devices, name } = session;
  useTitle(`${t("agent.sign_in")} · Mediacore`);
  useChange(devices);
  const [busy, setBusy] = useState(false);
  const signIn = async (event) => {
    event.preventDefault();
    if (devices.status === "idle") await devices.start();
    if (devices.status !== "settled" || !devices.audible) return;
    setBusy(true);
    await session.signIn();
    setBusy(false);
  };
  return html`<form class="sign-in card" onSubmit=${signIn} data-testid="sign-in-view">
    <h1>${name ? t("agent.hello", { name }) : t("agent.sign_in")}</h1>
    <p class="lead">${t("agent.sign_in_text")}</p>
    <${DevicePreview} devices=${devices} name=${name} />
    <button type="submit" class="button is-primary is-large" data-testid="sign-in" disabled=${busy}>
      ${busy && html`<span class="spinner"></span>`}${t("agent.sign_in")}
    </button>
  </form>`;
}
