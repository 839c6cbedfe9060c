// A log, in a frame that has neither this page's origin nor its token; lines are sent to it as they come.

import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { get } from "./api.js";
import { Failure } from "./parts.js";
import { isRunning } from "./format.js";

const LIMIT = 20000;
const PAUSE = 1500;
const QUIET = 2; // what a job logs last may come after its end

/** Lines of a log, and those that are added while the job runs. */
export function Log({ group, stream, status }) {
  const [count, setCount] = useState(0);
  const [note, setNote] = useState("");
  const [error, setError] = useState(null);
  const frame = useRef(null);
  const kept = useRef({ lines: [], drawn: false });
  const running = useRef(true);
  running.current = isRunning(status);
  // A frame without an origin has no name to send to; its address is this page's own, and it cannot go elsewhere.
  const send = (lines) => frame.current.contentWindow.postMessage({ lines }, "*");
  useEffect(() => {
    let token,
      timer,
      stopped = false,
      quiet = 0;
    const read = async () => {
      if (document.hidden) {
        timer = setTimeout(read, PAUSE);
        return;
      }
      try {
        const answer = await get("/api/log", { group, stream, ...(token ? { token } : {}) });
        if (stopped) return;
        setNote(answer.note);
        setError(null);
        if (answer.lines.length > 0) {
          const added = answer.lines.map((line) => line.text);
          kept.current.lines = [...kept.current.lines, ...added].slice(-LIMIT);
          if (kept.current.drawn) send(added);
          setCount(kept.current.lines.length);
        }
        const moved = answer.token && answer.token !== token;
        token = answer.token ?? token;
        quiet = moved || running.current ? 0 : quiet + 1;
        if (quiet < QUIET) timer = setTimeout(read, answer.lines.length > 0 ? 100 : PAUSE);
      } catch (failure) {
        if (stopped) return;
        setError(failure);
        if (running.current && failure.status !== 401) timer = setTimeout(read, 4 * PAUSE);
      }
    };
    read();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [group, stream]);
  const name = `Log ${stream ? `of ${stream}` : group}`;
  return html`<div class="log"><p class="bar"><code>${group}</code></p>
    <${Failure} error=${error} />
    ${
      count > 0
        ? html`<iframe ref=${frame} title=${name} src="/log" sandbox="allow-scripts" referrerpolicy="no-referrer"
            style=${{ height: `min(26rem, ${Math.ceil(count * 19.5) + 60}px)` }} onLoad=${() => {
              kept.current.drawn = true;
              send(kept.current.lines);
            }}></iframe>`
        : !error && html`<p class="quiet" role="status">${note || "Nothing is logged."}</p>`
    }
  </div>`;
}
