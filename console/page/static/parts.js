// Parts that all views share.

import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { getBlob, post } from "./api.js";
import { ago, at, bytes, number, tone, words } from "./format.js";

const SIGNS = { ok: "✓", running: "◐", waiting: "!", failed: "✕", idle: "–" };

export const Badge = ({ status, text }) => {
  const kind = tone(status);
  return html`<span class="badge ${kind}"><span class="sign" aria-hidden="true">${SIGNS[kind]}</span>${text ?? words(status)}</span>`;
};

export const When = ({ time }) => time && html`<time datetime=${time} title=${at(time)}>${ago(time)}</time>`;

export const Failure = ({ error, retry }) =>
  error &&
  html`
  <div class="failure" role="alert">
    <strong>${error.what ?? "This page"}</strong>
    <p>${error.reason ?? error.message}</p>
    ${retry && html`<button onClick=${retry}>Try again</button>`}
  </div>`;

export const Empty = ({ title, children }) =>
  html`<div class="empty"><strong>${title}</strong><p>${children}</p></div>`;

export const Loading = ({ what }) => html`<p class="loading" role="status">Loading ${what}…</p>`;

/** What a polled path has come to: its data once there is some, else that it loads or why it failed. */
export const Polled = ({ polled, what, children }) => html`
<div class="polled"><${Failure} error=${polled.error} retry=${polled.reload} />
  ${polled.data ? children(polled.data) : !polled.error && html`<${Loading} what=${what} />`}</div>`;

export const Facts = ({ facts, places }) => {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    shown.length > 0 &&
    html`<dl class="facts ${places ? "places" : ""}">${shown.map(
      ([name, value]) => html`
    <div key=${name}><dt>${name}</dt><dd><${Value} value=${value} /></dd></div>`,
    )}</dl>`
  );
};

export const Value = ({ value }) => {
  if (value === null || value === undefined) return "";
  if (value.type && value.props) return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") {
    if (Array.isArray(value) && value.length === 0) return "";
    return html`<pre class="json" tabindex="0">${JSON.stringify(value, null, 1)}</pre>`;
  }
  return typeof value === "number" ? number(value) : String(value);
};

export const Section = ({ title, children, open = true }) => html`
  <details class="section" open=${open}><summary><h3>${title}</h3></summary><div>${children}</div></details>`;

/** A section whose content is made when it is opened first. */
export function LateSection({ title, children, open = true }) {
  const [first] = useState(open); // it stays as its reader has it
  const [opened, setOpened] = useState(open);
  return html`<details class="section" open=${first} onToggle=${(event) => event.target.open && setOpened(true)}>
    <summary><h3>${title}</h3></summary><div>${opened && children}</div></details>`;
}

/** A dialog that asks before something is done: `run` gets the form's data, and the dialog shows what it fails with. */
export function Ask({ title, children, action, danger, run, close }) {
  const dialog = useRef(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.close(); // which gives the focus back
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await run(new FormData(event.target));
      close();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`<dialog ref=${dialog} aria-labelledby="asked" onClose=${close} onCancel=${close}>
    <form onSubmit=${submit}>
      <h2 id="asked">${title}</h2>
      ${children}
      <${Failure} error=${error} />
      <menu>
        <button type="button" onClick=${close}>Cancel</button>
        <button type="submit" class=${danger ? "danger" : "primary"} disabled=${busy}>${busy ? "Sending…" : action}</button>
      </menu>
    </form>
  </dialog>`;
}

/** What an action is about to touch. */
export const Where = ({
  session,
  costs,
}) => html`<p class="where">Account <strong>${session.account}</strong>, ${session.region}${" "}
  ${
    session.billed
      ? html`<span class="badge waiting">an AWS account: this is billed${costs ? `, ${costs}` : ""}</span>`
      : html`<span class="badge idle">${session.aws}: this machine, no charge</span>`
  }</p>`;

const BILLED_BY_USE = {
  queries: {
    title: "Run statements on this account?",
    action: "Run it",
    about: "Athena bills the data that a statement scans, 10 MB at least. Predictions call the endpoint.",
  },
  answers: {
    title: "Ask the endpoint of this account?",
    action: "Score it",
    about: "An endpoint without instances of its own bills each answer, and alarms count its errors.",
  },
};
const agreed = new Set();

/** Ask before what is billed by its use: once in this tab, and only on an account. Returns the asking and its dialog. */
export function useConsent(session, kind) {
  const [waiting, setWaiting] = useState(null);
  const ask = (run) => (session.billed && !agreed.has(kind) ? setWaiting(() => run) : run());
  const { title, action, about } = BILLED_BY_USE[kind];
  const dialog =
    waiting &&
    html`<${Ask} title=${title} action=${action} close=${() => setWaiting(null)} run=${async () => {
      agreed.add(kind);
      waiting();
    }}><p>${about} This tab does not ask again.</p><${Where} session=${session} /><//>`;
  return [ask, dialog];
}

/** A file that a job wrote, in a frame without this page's origin; scripts in it do not run. */
export function Document({ uri, title }) {
  const [path, setPath] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    setPath(null);
    post("/api/documents", { uri }).then((answer) => setPath(answer.path), setError);
  }, [uri]);
  if (error) return html`<${Failure} error=${error} />`;
  return path
    ? html`<iframe class="document ${isImage({ name: uri }) ? "image" : ""}" title=${title} src=${path} sandbox="" referrerpolicy="no-referrer"></iframe>`
    : html`<${Loading} what=${title} />`;
}

/** Files that may be opened below their list, the figures first. */
export function Files({ files }) {
  const [open, setOpen] = useState(null);
  if (files.length === 0) return html`<p class="quiet">No files that this page may read.</p>`;
  return html`<ul class="files">${files.map(
    (file) => html`<li key=${file.uri}>
      <button class="link" aria-expanded=${open === file.uri} onClick=${() => setOpen(open === file.uri ? null : file.uri)}>${file.name}</button>
      <span class="quiet">${bytes(file.bytes)}</span></li>`,
  )}</ul>
    ${open && html`<${Document} uri=${open} title=${short(open)} />`}`;
}

const short = (uri) => uri.split("/").pop();
const isImage = (file) => /\.(png|svg|jpg)$/i.test(file.name);
export const plots = (files) => files.filter(isImage);

export async function download(path, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await getBlob(path));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Load scripts and styles of a library when a view wants them first, in their order. */
const loading = new Map();
export function library(...names) {
  return names.reduce(
    (before, name) =>
      before.then(() => {
        if (!loading.has(name)) {
          loading.set(
            name,
            new Promise((resolve, reject) => {
              const isStyle = name.endsWith(".css");
              const element = document.createElement(isStyle ? "link" : "script");
              Object.assign(
                element,
                isStyle ? { rel: "stylesheet", href: `/static/vendor/${name}` } : { src: `/static/vendor/${name}` },
              );
              element.onload = resolve;
              element.onerror = reject;
              document.head.append(element);
            }),
          );
        }
        return loading.get(name);
      }),
    Promise.resolve(),
  );
}
