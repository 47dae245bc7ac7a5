// A request whose refusal the person is told in words.

import { tCode } from "./language.js";
import { toasts } from "./toasts.js";

/** Resolves to whether the server did it. */
export async function ask(connection, type, fields) {
  try {
    await connection.request(type, fields);
    return true;
  } catch (error) {
    toasts.show(tCode("error", error.code), "warning");
    return false;
  }
}
