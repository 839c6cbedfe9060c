// Values as people read them.

const RUNNING = new Set([
  "RUNNING",
  "Executing",
  "Starting",
  "Stopping",
  "STOPPING",
  "Creating",
  "Updating",
  "QUEUED",
  "SystemUpdating",
  "RollingBack",
  "WAITING",
  "STARTING",
  "running",
]);
const GOOD = new Set([
  "Succeeded",
  "SUCCEEDED",
  "COMPLETED",
  "Completed",
  "InService",
  "Approved",
  "OK",
  "READY",
  "ok",
]);
const WAITING = new Set(["PendingManualApproval", "waiting", "INSUFFICIENT_DATA"]);
const IDLE = new Set(["NotStarted", "NotTaken", "Trigger", "Stopped", "STOPPED", "idle", "CANCELLED", "", "unknown"]);

/** One of ok, running, waiting, idle, failed: the colour and the sign of a status. */
export function tone(status) {
  if (GOOD.has(status)) return "ok";
  if (RUNNING.has(status)) return "running";
  if (WAITING.has(status)) return "waiting";
  return IDLE.has(status) ? "idle" : "failed";
}

export const isRunning = (status) => RUNNING.has(status);

const WORDS = {
  PendingManualApproval: "Waits for approval",
  NotStarted: "Not started",
  NotTaken: "Not taken",
  INSUFFICIENT_DATA: "No data yet",
  InService: "In service",
  OK: "OK",
};

export function words(status) {
  if (WORDS[status]) return WORDS[status];
  return status === status.toUpperCase() ? status.charAt(0) + status.slice(1).toLowerCase() : status;
}

export function ago(time) {
  if (!time) return "";
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  if (seconds < 10) return "now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

export const at = (time) =>
  time ? new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" }) : "";

export function lasted(from, to) {
  if (!from) return "";
  const seconds = Math.max(0, ((to ? new Date(to) : Date.now()) - new Date(from)) / 1000);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
    : `${(seconds / 3600).toFixed(1)} h`;
}

export function number(value) {
  if (typeof value !== "number") return value ?? "";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 1000
    ? value.toLocaleString("en", { maximumFractionDigits: 1 })
    : String(+value.toPrecision(4));
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

export const short = (arn) => arn.split("/").pop();
