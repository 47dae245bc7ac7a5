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
  throw new RequestError(problem.code ?? `http_${response.status}`, problem.detail ?? "", problem);
}

function postJson(path, token, body, headers = {}) {
  return ask(path, token, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

export async function listQueues(token) {
  return (await ask("/v1/queues", token)).json();
}

/** Who else could take the contact, the ready first: [{id, name, state}]. */
export async function listColleagues(token, contactId) {
  return (await ask(`/v1/contacts/${encodeURIComponent(contactId)}/colleagues`, token)).json();
}

/** The contact goes on to {queue} or {agent}. */
export function transferContact(token, contactId, to) {
  return postJson(`/v1/contacts/${encodeURIComponent(contactId)}/transfer`, token, to);
}

/** Puts a visitor into a queue; returns {contact, token}. The key makes a repeated click harmless. */
export async function createContact(token, { key, name, question, ...request }) {
  const attributes = question ? { question } : {};
  const body = { ...request, customer: { name, attributes } };
  const response = await postJson("/v1/contacts", token, body, { "Idempotency-Key": key });
  return response.json();
}

/** The waiting visitor is called back instead: {to}. */
export function requestCallback(token, contactId, callback) {
  return postJson(`/v1/contacts/${encodeURIComponent(contactId)}/callback`, token, callback);
}

/** The waiting visitor leaves a message {text, voicemail} instead, which ends the contact. */
export function leaveMessage(token, contactId, message) {
  return postJson(`/v1/contacts/${encodeURIComponent(contactId)}/message`, token, message);
}

/** Hands in a spoken message; returns the id by which a message names it. */
export async function handInVoicemail(token, sound) {
  const headers = { "Content-Type": sound.type };
  const response = await ask("/v1/voicemails", token, { method: "POST", headers, body: sound });
  return (await response.json()).id;
}

/** The spoken message as a Blob. */
export async function fetchVoicemail(token, contactId) {
  return (await ask(`/v1/contacts/${encodeURIComponent(contactId)}/voicemail`, token)).blob();
}

export async function listFinishedContacts(token) {
  const answer = await (await ask("/v1/contacts?state=completed", token)).json();
  return Array.isArray(answer) ? answer : answer.contacts;
}

/** Contacts that visitors ended by leaving a message. */
export async function listLeftMessages(token) {
  return (await ask("/v1/contacts?state=message", token)).json();
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
