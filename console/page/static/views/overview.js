// The system as one picture: each part with its state, last figures and age.

import { html } from "../vendor/preact.js";
import { usePolled } from "../api.js";
import { Badge, Empty, Polled, When } from "../parts.js";
import { number, words } from "../format.js";

const LINKS = {
  feeds: "#/glue",
  glue: "#/glue",
  pipeline: "#/pipeline",
  registry: "#/registry",
  deploy: "#/pipeline",
  endpoint: "#/endpoint",
  sql: "#/sql",
};
const WORDS = {
  ok: "OK",
  running: "Running",
  waiting: "Waits for you",
  failed: "Failed",
  idle: "Not yet",
  unknown: "Unknown",
};
const ABOUT = {
  feeds: "City and IRS data, imported",
  glue: "Import, crawl, join, crawl",
  pipeline: "Features, training, evaluation",
  registry: "Versions and their approval",
  deploy: "Smoke test, traffic, alarms",
  endpoint: "The model that answers",
  sql: "Athena, predictions included",
};

const Stage = ({ stage }) => html`<li class="stage ${stage.state}">
  <a href=${stage.execution ? `#/pipeline/${encodeURIComponent(stage.execution)}` : LINKS[stage.key]}>
    <div class="bar"><h2>${stage.title}</h2><${Badge} status=${stage.state} text=${WORDS[stage.state]} /></div>
    <p class="quiet">${ABOUT[stage.key]}</p>
    <p class="headline">${words(stage.headline)}</p>
    <dl>${stage.figures.map((figure) => html`<div key=${figure.label}><dt>${figure.label}</dt><dd>${number(figure.value) ?? "–"}</dd></div>`)}</dl>
    ${stage.reason && html`<p class="reason">${stage.reason}</p>`}
    <p class="quiet age"><${When} time=${stage.at} /></p>
  </a></li>`;

export function Overview() {
  const polled = usePolled("/api/overview", null, (data) =>
    data.stages.some((stage) => stage.state === "running") ? 2000 : 8000,
  );
  return html`<h1>Overview</h1>
    <${Polled} polled=${polled} what="the overview">${(data) => html`
      ${
        data.stages.every((stage) => stage.state === "idle") &&
        html`<${Empty} title="Nothing is deployed yet">
        Run <code>playgrounds deploy</code>, then <code>playgrounds run</code>: this page follows them.<//>`
      }
      <ol class="flow">${data.stages.map((stage) => html`<${Stage} key=${stage.key} stage=${stage} />`)}</ol>
      <div class="pair">
        <section><h2>Waiting for approval</h2>
          ${
            data.waiting.length === 0
              ? html`<p class="quiet">No version waits. A run of the pipeline that passes the quality gate registers one.</p>`
              : html`<ul class="plain">${data.waiting.map(
                  (one) => html`<li key=${one.version}><a class="call" href="#/registry/${one.version}">
                Version ${one.version} <span class="quiet">registered <${When} time=${one.since} /></span><span>Review it</span></a></li>`,
                )}</ul>`
          }
        </section>
        <section><h2>Alarms</h2>
          ${
            data.alarms.length === 0
              ? html`<p class="quiet">The stack has no alarms, or they may not be read.</p>`
              : html`<ul class="plain">${data.alarms.map(
                  (alarm) => html`<li key=${alarm.name} class="alarm"><${Badge} status=${alarm.state} />
                <span><strong>${alarm.name}</strong><br /><span class="quiet">${alarm.about}</span></span></li>`,
                )}</ul>`
          }
        </section>
      </div>`}<//>`;
}
