// Tokens arrive in the URL's fragment, which no server and no proxy ever sees. They move to
// sessionStorage at once, so that a reload works and the address bar can be copied safely.

const LINK_TOKEN = "mediacore.token";
const CONTACT_TOKEN = "mediacore.contact_token";
const TAB = "mediacore.tab";

function keyFor(page) {
  return `${LINK_TOKEN}.${page}`;
}

/** The token this page was opened with, or null. A token in the fragment replaces a kept one. */
export function takeLinkToken(page, { location, history, sessionStorage } = window) {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token) {
    if (token !== sessionStorage.getItem(keyFor(page))) sessionStorage.removeItem(CONTACT_TOKEN);
    sessionStorage.setItem(keyFor(page), token);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return token ?? sessionStorage.getItem(keyFor(page));
}

/** Another link pasted over this page changes only the fragment, which loads nothing by itself. */
export function followLinks() {
  window.addEventListener("hashchange", () => {
    if (location.hash.includes("token=")) location.reload();
  });
}

export function keepLinkToken(page, token) {
  sessionStorage.setItem(keyFor(page), token);
}

export function forgetLinkToken(page) {
  sessionStorage.removeItem(keyFor(page));
}

/** A visitor's token for one contact: what brings a reloaded page back into its place in line. */
export const contactToken = {
  read: () => sessionStorage.getItem(CONTACT_TOKEN),
  keep: (token) => sessionStorage.setItem(CONTACT_TOKEN, token),
  forget: () => sessionStorage.removeItem(CONTACT_TOKEN),
};

/** Text that stays the same over reloads of this tab: the server takes it for the same page. */
export function tabId() {
  let tab = sessionStorage.getItem(TAB);
  if (!tab) {
    tab = randomText();
    sessionStorage.setItem(TAB, tab);
  }
  return tab;
}

export function randomText(bytes = 12) {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => value.toString(16).padStart(2, "0")).join("");
}

/** The token inside pasted text, which may be the token itself or a whole page link; or null. */
export function tokenInText(text) {
  const trimmed = text.trim();
  const linked = /#(?:.*&)?token=([^&\s]+)/.exec(trimmed);
  const token = linked ? decodeURIComponent(linked[1]) : trimmed;
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token : null;
}

/** The claims of a JWT for display only: the page cannot check them, the server does. */
export function claimsOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}
