// Opening a page: its language, its link, its first view; and a handle for tests and for whoever looks
// into a problem with the browser's console.

import { html, render } from "./html.js";
import { language } from "./language.js";
import { followLinks } from "./token.js";

export function openPage(session, View) {
  window.mediacore = {
    get call() {
      return session.call;
    },
    get connection() {
      return session.connection;
    },
  };
  language.begin();
  followLinks();
  session.begin();
  const root = document.getElementById("page");
  root.replaceChildren();
  render(html`<${View} />`, root);
}
