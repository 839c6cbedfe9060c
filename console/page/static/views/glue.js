// Glue: runs of the workflow, jobs, crawlers, and the tables that they make.

import { html, useEffect, useState } from "../vendor/preact.js";
import { post, usePolled } from "../api.js";
import { Ask, Badge, Empty, Facts, Failure, Loading, Polled, Section, When, Where, library, useConsent } from "../parts.js";
import { isRunning, lasted, number } from "../format.js";
import { Graph } from "../graph.js";
import { Log } from "../log.js";
import { Table, runSql } from "../query.js";

export function Glue({ session, where: [kind, name] }) {
  const polled = usePolled("/api/glue", null, (data) =>
    data.runs.some((run) => isRunning(run.status)) ? 2000 : 10000,
  );
  const [asked, setAsked] = useState(false);
  const [ready, setReady] = useState(Boolean(window.dagre));
  useEffect(() => {
    library("dagre.js").then(() => setReady(true));
  }, []);
  return html`<div class="bar"><h1>Glue</h1><button class="primary" onClick=${() => setAsked(true)}>Run the workflow</button></div>
    <${Polled} polled=${polled} what="Glue">${(data) => html`
      <section><h2>${data.workflow}</h2>
        ${
          data.runs.length === 0
            ? html`<${Empty} title="The workflow has not run">Run it here, or with <code>playgrounds run</code>: it imports the feeds, and its end starts the pipeline.<//>`
            : html`<ul class="runs">${data.runs.slice(0, 8).map(
                (
                  run,
                ) => html`<li key=${run.id}><a href="#/glue/run/${run.id}" aria-current=${run.id === (kind === "run" ? name : data.runs[0].id) ? "true" : undefined}>
              <${Badge} status=${run.status} /> <${When} time=${run.started} /></a></li>`,
              )}</ul>
            ${ready && html`<${Run} key=${kind === "run" ? name : data.runs[0].id} id=${kind === "run" ? name : data.runs[0].id} />`}`
        }</section>
      <section><h2>Jobs</h2><div class="scroll" tabindex="0" role="region" aria-label="Jobs"><table>
        <thead><tr><th>Job</th><th>Last run</th><th class="number">Took</th><th>Type</th><th>Workers</th><th>Script</th></tr></thead>
        <tbody>${data.jobs.map(
          (
            job,
          ) => html`<tr key=${job.name}><td><strong>${job.name}</strong><br /><span class="quiet">${job.about}</span></td>
          <td>${job.runs[0] ? html`<${Badge} status=${job.runs[0].status} /> <${When} time=${job.runs[0].started} />` : "has not run"}</td>
          <td class="number">${job.runs[0] ? lasted(job.runs[0].started, job.runs[0].ended) : ""}</td>
          <td>${job.type} ${job.version}</td><td>${job.workers}</td><td><code>${job.script.split("/").pop()}</code></td></tr>`,
        )}</tbody></table></div></section>
      <section><h2>Crawlers</h2><div class="scroll" tabindex="0" role="region" aria-label="Crawlers"><table>
        <thead><tr><th>Crawler</th><th>State</th><th>Last crawl</th><th>Targets</th></tr></thead>
        <tbody>${data.crawlers.map(
          (
            crawler,
          ) => html`<tr key=${crawler.name}><td><strong>${crawler.name}</strong><br /><span class="quiet">${crawler.about}</span></td>
          <td><${Badge} status=${crawler.state} /></td><td>${crawler.last ? html`<${Badge} status=${crawler.last} /> <${When} time=${crawler.started} />` : "has not run"}</td>
          <td>${crawler.targets.map((target) => html`<code key=${target}>${target}</code> `)}</td></tr>`,
        )}</tbody></table></div></section>`}<//>
    <${Tables} session=${session} />
    ${
      asked &&
      html`<${Ask} title="Run the workflow?" action="Run it" run=${async () => {
        const { id } = await post("/api/glue/start");
        location.hash = `#/glue/run/${id}`;
        polled.reload();
      }} close=${() => setAsked(false)}>
      <p>It imports the feeds, crawls and joins them. Its success starts the pipeline, which trains and may register a model.</p><${Where} session=${session} costs=${session.costs.run} /><//>`
    }`;
}

function Run({ id }) {
  const polled = usePolled("/api/glue/run", { id }, (data) => (isRunning(data.status) ? 1500 : 0));
  const [chosen, setChosen] = useState(null);
  return html`<${Polled} polled=${polled} what="the run">${(data) => {
    const node = data.nodes.find((one) => one.name === chosen);
    return html`${data.reason && html`<p class="reason">${data.reason}</p>`}
      <${Graph} nodes=${data.nodes} edges=${data.edges} chosen=${chosen} choose=${setChosen} label="The run of the workflow; choose a node for its log" />
      ${
        node &&
        html`<section class="panel" aria-label=${node.name}><div class="bar"><h3>${node.name}</h3><button onClick=${() => setChosen(null)}>Close</button></div>
        <p><${Badge} status=${node.status} /> <span class="quiet">${node.type} ${node.started ? lasted(node.started, node.ended) : ""}</span></p>
        ${node.reason && html`<p class="reason">${node.reason}</p>`}
        ${node.tests.length > 0 && html`<p>Fires after: ${node.tests.join(", ")}</p>`}
        ${node.logs.map((log) => html`<${Log} key=${log.group + log.stream} ...${log} status=${node.status} />`)}</section>`
      }`;
  }}<//>`;
}

function Tables({ session }) {
  const polled = usePolled("/api/tables", null, 15000);
  return html`<section><h2>Tables</h2><${Polled} polled=${polled} what="tables">${(tables) =>
    tables.length === 0
      ? html`<${Empty} title="The catalog has no tables">The workflow's crawlers make them.<//>`
      : tables.map(
          (table) => html`<${Section} key=${table.name} open=${false}
        title=${html`${table.name} <span class="quiet">${table.records === null ? "" : `${number(table.records)} rows, `}${table.columns.length} columns, <${When} time=${table.updated} /></span>`}>
        <${Facts} facts=${{ Location: table.location, Format: table.format, Crawler: table.crawler, Partitions: table.partitions.map((column) => column.name).join(", ") }} />
        <div class="scroll" tabindex="0" role="region" aria-label="Columns of ${table.name}"><table><thead><tr><th>Column</th><th>Type</th></tr></thead>
          <tbody>${[...table.columns, ...table.partitions].map((column) => html`<tr key=${column.name}><td><code>${column.name}</code></td><td>${column.type}</td></tr>`)}</tbody></table></div>
        <${Preview} session=${session} table=${table.name} /><//>`,
        )}<//></section>`;
}

function Preview({ session, table }) {
  const [result, setResult] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [ask, asked] = useConsent(session, "queries");
  const show = async () => {
    setBusy(true);
    setError(null);
    try {
      setResult(await runSql(`SELECT * FROM "${table.replaceAll('"', '""')}" LIMIT 20`));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<p><button onClick=${() => ask(show)} disabled=${busy}>Preview 20 rows</button>${session.billed && html` <span class="quiet">Athena bills what it scans.</span>`}</p>
    ${busy && html`<${Loading} what="rows" />`}<${Failure} error=${error} />
    ${result && html`<${Table} columns=${result.columns} rows=${result.rows} label="Rows of ${table}" />`}${asked}`;
}
