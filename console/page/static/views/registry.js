// The model registry: versions, where they come from, and the decision on them.

import { html, useState } from "../vendor/preact.js";
import { post, usePolled } from "../api.js";
import { Ask, Badge, Document, Empty, Facts, Polled, Section, When, Where } from "../parts.js";
import { at, isRunning, number, short } from "../format.js";

const FIRST = ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "accuracy_lift"];
const pick = (facts, wanted) => Object.fromEntries(Object.entries(facts).filter(([name]) => wanted(name)));
const address = (arn) => `#/pipeline/${encodeURIComponent(arn)}`;

export function Registry({ session, where: [version] }) {
  const polled = usePolled("/api/versions", null, (data) => (data.some((one) => one.moving) ? 2000 : 6000));
  return html`<h1>Model registry</h1>
    <${Polled} polled=${polled} what="versions">${(data) => {
      if (data.length === 0)
        return html`<${Empty} title="No versions yet">
        A pipeline execution that passes the quality gate registers one: <a href="#/pipeline">start an execution</a>.<//>`;
      const metrics = FIRST.filter((name) => data.some((one) => name in one.metrics));
      const chosen = data.find((one) => String(one.version) === version) ?? data[0];
      return html`<div class="scroll" tabindex="0" role="region" aria-label="Versions"><table>
          <thead><tr><th>Version</th><th>Status</th><th>Algorithm</th>${metrics.map((name) => html`<th class="number" key=${name}>${name.replaceAll("_", " ")}</th>`)}<th>Registered</th><th>Note</th></tr></thead>
          <tbody>${data.map(
            (one) => html`<tr key=${one.version} class=${one === chosen ? "chosen" : ""}>
            <td class="whole"><a href="#/registry/${one.version}" aria-current=${one === chosen ? "true" : undefined}>Version ${one.version}</a></td>
            <td><${Badge} status=${one.approval} /> ${one.serves && html`<span class="tag">serves</span>`} ${one.moving && html`<span class="tag">on its way</span>`}</td>
            <td>${one.algorithm}</td>${metrics.map((name) => html`<td class="number" key=${name}>${number(one.metrics[name])}</td>`)}
            <td class="whole"><${When} time=${one.registered} /></td><td>${one.note}</td></tr>`,
          )}</tbody></table></div>
        <${Version} key=${chosen.version} session=${session} version=${chosen.version} summary=${chosen} changed=${polled.reload} />`;
    }}<//>`;
}

function Version({ session, version, summary, changed }) {
  const polled = usePolled("/api/version", { version }, (data) => {
    const isOnItsWay = data.deployment ? isRunning(data.deployment.status) : data.approval === "Approved";
    return isOnItsWay ? 1500 : 5000;
  });
  const [asked, setAsked] = useState(null);
  const decide = async (form) => {
    await post("/api/decision", { version, decision: asked, note: form.get("note") });
    polled.reload();
    changed();
  };
  return html`<section class="panel" aria-label="Version ${version}">
    <${Polled} polled=${polled} what="the version">${(data) => html`
      <div class="bar"><h2>Version ${version} <${Badge} status=${data.approval} /></h2>
        <span>${!(summary.serves && data.approval === "Approved") && html`<button class="primary" onClick=${() => setAsked("Approved")}>Approve</button>`}${" "}
          <button disabled=${data.approval === "Rejected"} onClick=${() => setAsked("Rejected")}>Reject</button></span></div>
      <p>${data.description}</p>
      <p class="quiet">${data.algorithm}, registered ${at(data.registered)}${data.note ? `. Note: ${data.note}` : ""}</p>
      ${data.approval === "Approved" && html`<${Deployment} execution=${data.deployment} serves=${summary.serves} />`}
      <${Section} title="Metrics"><${Facts} facts=${pick(data.metrics, (name) => FIRST.includes(name))} /><//>
      <${Section} title="Lineage"><ol class="lineage">${data.lineage.map(
        (origin) => html`<li key=${origin.kind + origin.value}>
        <span class="kind">${origin.kind}</span> ${
          origin.kind === "execution"
            ? html`<a href=${address(origin.value)}>${short(origin.value)}</a>`
            : html`<code>${origin.value}</code>`
        }</li>`,
      )}</ol><//>
      ${Object.keys(data.metrics).some((name) => !FIRST.includes(name)) && html`<${Section} title="More metrics" open=${false}><${Facts} facts=${pick(data.metrics, (name) => !FIRST.includes(name))} /><//>`}
      ${data.card && html`<${Section} title="Model card" open=${false}><${Card} card=${data.card} /><//>`}
      ${data.report && html`<${Section} title="Report" open=${false}><${Opened} uri=${data.report} title="Report of version ${version}" /><//>`}
      ${Object.entries(data.documents).map(([name, uri]) => html`<${Section} key=${name} title=${name} open=${false}><${Opened} uri=${uri} title=${name} /><//>`)}
      <${Section} title="Properties" open=${false}><${Facts} facts=${data.properties} /><//>`}<//>
    ${
      asked &&
      html`<${Ask} title="${asked === "Approved" ? "Approve" : "Reject"} version ${version}?" action=${asked === "Approved" ? "Approve" : "Reject"}
        danger=${asked === "Rejected"} run=${decide} close=${() => setAsked(null)}>
      <p>${
        asked === "Approved"
          ? "Its deployment starts at once: a smoke test, then the endpoint moves to it while alarms watch."
          : summary.serves
            ? "It serves, and goes on serving: the endpoint is left as it is. Approve an older version to roll back."
            : "It will not be deployed. The endpoint is left as it is."
      }</p>
      <${Where} session=${session} costs=${asked === "Approved" ? session.costs.endpoint : ""} />
      <label><span>Note</span><input name="note" maxlength="1024" placeholder="why, for whoever asks later" autofocus /></label><//>`
    }
  </section>`;
}

/** What has become of the approval. */
const Deployment = ({
  execution,
  serves,
}) => html`<p role="status">${serves && html`<${Badge} status="ok" text="Serves" /> `}
  ${
    execution
      ? html`Deployment <a href=${address(execution.arn)}>${execution.id}</a> <${Badge} status=${execution.status} /> <span class="quiet"><${When} time=${execution.started} /></span>`
      : !serves && "Its deployment has not started yet."
  }</p>
  ${execution?.reason && html`<p class="reason">${execution.reason}</p>`}`;

const Opened = ({ uri, title }) => {
  const [open, setOpen] = useState(false);
  return open
    ? html`<${Document} uri=${uri} title=${title} />`
    : html`<button onClick=${() => setOpen(true)}>Show it</button> <code class="quiet">${uri}</code>`;
};

const Card = ({ card }) =>
  html`${Object.entries(card).map(
    ([part, content]) => html`<h4 key=${part}>${part.replaceAll("_", " ")}</h4>
  ${typeof content === "object" && content !== null && !Array.isArray(content) ? html`<${Facts} facts=${content} />` : html`<${Facts} facts=${{ [part]: content }} />`}`,
  )}`;
