// Calls to the page's server: each with the token, which the address brought along in its fragment.

import { useCallback, useEffect, useRef, useState } from "./vendor/preact.js";

const KEY = "token";

/** Move the token from the address bar into this tab's own storage, so that a reload still has it. */
function takeToken() {
  const match = /^#token=([\w-]+)/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(KEY, match[1]);
    history.replaceState(null, "", "#/overview");
  }
  return sessionStorage.getItem(KEY) ?? "";
}

const token = takeToken();
// Another console's address, opened in this tab, changes the fragment only.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) {
    takeToken();
    location.reload();
  }
});

/** What went wrong, as the server says it: `what` failed, for which `reason`. */
export class CallError extends Error {
  constructor(status, { what, reason }) {
    super(reason);
    Object.assign(this, { status, what, reason });
  }
}

async function request(method, path, given) {
  const query = method === "GET" && given ? `?${new URLSearchParams(given)}` : "";
  const body = method === "POST" ? JSON.stringify(given ?? {}) : undefined;
  let response;
  try {
    response = await fetch(path + query, {
      method,
      body,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
    });
  } catch {
    throw new CallError(0, {
      what: "the page's server",
      reason: "does not answer: start it with 'playgrounds console', and open the address that it prints",
    });
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new CallError(
    response.status,
    answer.error ?? { what: path, reason: `the server answered ${response.status}` },
  );
}

export const get = async (path, given) => (await request("GET", path, given)).json();
export const post = async (path, given) => (await request("POST", path, given)).json();
export const getBlob = async (path) => (await request("GET", path)).blob();

/** The last answers: a view that is opened again shows what it knows, with its age, while it asks anew. */
const known = new Map();

/** What is seen first is asked for while the views are still loaded; whoever wants it takes the call over. */
const early = new Map();
if (token) {
  const isOverview = !location.hash || location.hash.startsWith("#/overview");
  for (const path of isOverview ? ["/api/session", "/api/overview"] : ["/api/session"]) {
    const call = get(path);
    call.catch(() => {}); // its taker says so
    early.set(path, call);
  }
}
function takeEarly(path) {
  const call = early.get(path);
  early.delete(path);
  return call;
}

/**
 * Ask for a path now and again every so many milliseconds while the tab is seen; `pause` may depend on the answer.
 * What was there stays on the screen when a later call fails.
 */
export function usePolled(path, given, pause) {
  const key = path && path + JSON.stringify(given ?? {});
  const [state, setState] = useState({ data: known.get(key) ?? null, error: null });
  const current = useRef(key);
  const timer = useRef(0);
  const load = useCallback(async () => {
    clearTimeout(timer.current);
    if (!key) return;
    let next = typeof pause === "function" ? 5000 : pause;
    if (!document.hidden) {
      try {
        const data = await (takeEarly(path) ?? get(path, given));
        if (current.current !== key) return;
        known.set(key, data);
        setState({ data, error: null });
        if (typeof pause === "function") next = pause(data);
      } catch (error) {
        if (current.current !== key) return;
        setState((before) => ({ ...before, error }));
        if (error.status === 401) return;
      }
    }
    clearTimeout(timer.current);
    if (next) timer.current = setTimeout(load, next);
  }, [key]);
  useEffect(() => {
    current.current = key;
    setState({ data: known.get(key) ?? null, error: null });
    load();
    const seen = () => document.hidden || load();
    document.addEventListener("visibilitychange", seen);
    return () => {
      current.current = null;
      clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key]);
  return { ...state, reload: load };
}
