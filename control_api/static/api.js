// The HTTP side of the server, as far as the pages need it.

import { RequestError } from "./connection.js";

async function ask(path, token, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { Authorization: `Bearer ${token}`, ...options.headers },
    });
  } catch {
    throw new RequestError("disconnected");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new RequestError(problem.code ?? `http_${response.status}`, problem.detail ?? "");
}

export async function listQueues(token) {
  return (await ask("/v1/queues", token)).json();
}

/** Puts a visitor into a queue; returns {contact, token}. The key makes a repeated click harmless. */
export async function createContact(token, { queue, channel, name, question, language, key }) {
  const attributes = question ? { question } : {};
  const response = await ask("/v1/contacts", token, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ queue, channel, customer: { name, attributes }, language }),
  });
  return response.json();
}

export async function listFinishedContacts(token) {
  const answer = await (await ask("/v1/contacts?state=completed", token)).json();
  return Array.isArray(answer) ? answer : answer.contacts;
}

/** The finished recording as a Blob. A <video src> could not carry the token. */
export async function fetchRecording(token, contactId) {
  const response = await ask(`/v1/contacts/${encodeURIComponent(contactId)}/recording/media`, token);
  return response.blob();
}

export async function listMessages(token, contactId) {
  const answer = await (await ask(`/v1/contacts/${encodeURIComponent(contactId)}/messages`, token)).json();
  return Array.isArray(answer) ? answer : answer.messages;
}
