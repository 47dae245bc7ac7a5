// A running call seen from outside: both pictures, both voices, and nobody there knows.

import { Icon } from "../components/icon.js";
import { Elapsed } from "../components/stage.js";
import { VideoTile, Voices } from "../components/video_tile.js";
import { html, useMemo } from "../html.js";
import { useChange, useTitle } from "../hooks.js";
import { t } from "../language.js";
import { useShortcuts } from "../shortcuts.js";

const PERSON_ORDER = ["visitor", "agent"];

export function WatchView({ session }) {
  const { call, watched } = session;
  useChange(call);
  useTitle(`${t("watch.title")} · Mediacore`);
  useShortcuts({ escape: () => session.stopWatching() });
  const clock = useMemo(() => () => session.connection.now_ms(), [session.connection]);

  const of = (role, source) =>
    call.remote.find(
      (track) => track.role === role && track.source === source && track.stream && !track.muted,
    );
  const voices = call.remote.filter(({ kind, stream }) => kind === "audio" && stream);
  const screens = call.remote.filter(({ source, stream }) => source === "screen" && stream);
  const nameOf = (role) =>
    call.remote.find((track) => track.role === role)?.name ??
    watched?.participants.find((one) => one.role === role)?.name ??
    t(`call.${role}`);
  const silent = (role) =>
    call.remote.some((track) => track.role === role && track.source === "microphone" && track.muted);

  return html`<section class="watch" data-testid="watch-view" data-status=${call.status}>
    <div class="watch-head">
      <h1><${Icon} name="eye" size=${22} />${t("watch.title")}</h1>
      <p class="watch-note">${t("watch.hidden")}</p>
      ${watched?.started_at && html`<${Elapsed} since=${watched.started_at} clock=${clock} />`}
      ${watched?.recording === "on" &&
      html`<span class="recording"><span class="recording-dot"></span>${t("board.recorded")}</span>`}
      <button type="button" class="button is-primary" data-testid="watch-stop" onClick=${() => session.stopWatching()}>
        ${t("watch.stop")}
      </button>
    </div>
    <div class="watch-grid ${screens.length ? "has-screen" : ""}">
      ${screens.map(
        (track) => html`<${VideoTile}
          key=${track.id}
          stream=${track.stream}
          fit="contain"
          label=${t("call.screen_of", { name: track.name })}
          testid="watch-screen"
        />`,
      )}
      ${PERSON_ORDER.map(
        (role) => html`<${VideoTile}
          key=${role}
          stream=${of(role, "camera")?.stream ?? null}
          name=${nameOf(role)}
          label=${`${nameOf(role)} · ${t(`call.${role}`)}`}
          muted=${silent(role)}
          fit="contain"
          testid=${`watch-${role}`}
        />`,
      )}
    </div>
    ${watched?.held && html`<p class="banner is-warning" role="status">${t("watch.held")}</p>`}
    <${Voices} streams=${voices} />
  </section>`;
}
