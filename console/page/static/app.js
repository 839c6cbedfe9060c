// The page: what is seen depends on the address after #, and nothing else.

import { html, render, useEffect, useState } from "./vendor/preact.js";
import { usePolled } from "./api.js";
import { Failure } from "./parts.js";
import { Overview } from "./views/overview.js";
import { Glue } from "./views/glue.js";
import { Pipeline } from "./views/pipeline.js";
import { Registry } from "./views/registry.js";
import { Endpoint } from "./views/endpoint.js";
import { Sql } from "./views/sql.js";

const VIEWS = [
  ["overview", "Overview", Overview],
  ["glue", "Glue", Glue],
  ["pipeline", "Pipeline", Pipeline],
  ["registry", "Registry", Registry],
  ["endpoint", "Endpoint", Endpoint],
  ["sql", "SQL", Sql],
];

const route = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

function App() {
  const [where, setWhere] = useState(route());
  const session = usePolled("/api/session", null, 0);
  useEffect(() => {
    const moved = () => {
      const next = route();
      // Within a view the focus stays where it is, such as on a step of the graph.
      setWhere((before) => {
        if (before[0] !== next[0]) document.querySelector("main")?.focus();
        return next;
      });
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const [key, title, View] = VIEWS.find(([name]) => name === where[0]) ?? VIEWS[0];
  useEffect(() => {
    document.title = `${title} · Playgrounds`;
  }, [title]);
  const about = session.data;
  return html`
    <a class="skip" href="#content" onClick=${(event) => {
      event.preventDefault();
      document.querySelector("main").focus();
    }}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/overview"><img src="/static/icon.svg" alt="" width="26" height="26" /><span>Playgrounds</span></a>
      ${
        about &&
        html`<div class="about"><span class="badge ${about.billed ? "waiting" : "ok"}">${about.billed ? "AWS account" : "this machine"}</span>
        <span>${about.account} · ${about.region}</span><span class="quiet">${about.stack}</span></div>`
      }
    </header>
    <nav aria-label="Views">${VIEWS.map(
      ([name, text]) => html`
      <a key=${name} href="#/${name}" aria-current=${name === key ? "page" : undefined}>${text}</a>`,
    )}</nav>
    <main id="content" tabindex="-1">
      ${
        session.error
          ? session.error.status === 401
            ? html`<div class="failure" role="alert"><strong>This tab has no valid token</strong>
              <p>Open the whole address that <code>playgrounds console</code> has printed in the terminal, with the part after #.</p></div>`
            : html`<${Failure} error=${session.error} retry=${session.reload} />`
          : about && html`<${View} session=${about} where=${where.slice(1)} />`
      }
    </main>`;
}

render(html`<${App} />`, document.getElementById("app"));
