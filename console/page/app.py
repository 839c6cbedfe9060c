"""The page's calls: what each path does. All below ``/api/`` need the token; see `console.page.guard`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from console.costs import AUTOML_RUN, ENDPOINT, RUN
from console.errors import CommandError
from console.failures import EXPECTED, failure_message
from console.page import documents, endpoint, glue, log_frame, models, overview, pipelines, places, sql, steps
from console.page.deployment import Deployment
from console.page.documents import Document, Tickets
from console.page.guard import Guard

STATIC = Path(__file__).parent / "static"
_LARGEST_BODY = 1_000_000

Call = Callable[[Deployment, "Members"], Any]


class Answer(JSONResponse):
    """JSON that browsers parse: times in ISO 8601, and null for numbers that JSON does not have."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of an answer."""
        return json.dumps(_plain(content), allow_nan=False, separators=(",", ":")).encode()


def build_app(deployment: Deployment, origin: str, token: str) -> Starlette:
    """Return the application that serves a deployment's page at an origin to whoever has the token."""
    routes: list[BaseRoute] = [
        Route("/", lambda request: FileResponse(STATIC / "index.html")),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route(f"{documents.PATH}{{ticket}}", documents.serve_document),
        Route(log_frame.PATH, log_frame.serve_log_frame),
        Route("/api/queries/{id}/csv", _download),
        Route("/api/documents", _open_document, methods=["POST"]),
        *(Route(path, _endpoint_of(call), methods=[method]) for (method, path), call in CALLS.items()),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, origin=origin, token=token)],
        exception_handlers=dict.fromkeys(EXPECTED, _failed),
    )
    app.state.deployment = deployment
    app.state.tickets = Tickets()
    return app


def _session(deployment: Deployment) -> dict[str, Any]:
    names = deployment.names
    return {
        "account": names.account,
        "region": names.region,
        "prefix": names.prefix,
        "stack": names.stack,
        "aws": deployment.place.url,
        "billed": not deployment.place.is_this_machine,
        "costs": {"run": f"{RUN}, and AutoML {AUTOML_RUN}", "endpoint": ENDPOINT},
        "pipelines": list(pipelines.pipeline_names(deployment)),
        "endpoint": names.pipeline,
    }


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/session"): lambda to, _: _session(to),
    ("GET", "/api/overview"): lambda to, _: overview.overview(to),
    ("GET", "/api/glue"): lambda to, _: glue.glue(to),
    ("GET", "/api/glue/run"): lambda to, members: glue.workflow_run(to, members["id"]),
    ("POST", "/api/glue/start"): lambda to, _: {"id": glue.start_workflow(to)},
    ("POST", "/api/glue/stop"): lambda to, members: glue.stop_workflow(to, members["id"]),
    ("GET", "/api/tables"): lambda to, _: glue.tables(to),
    ("GET", "/api/executions"): lambda to, members: pipelines.executions(
        to, members["pipeline"], members.get("token"), pipelines.SHOWN_PAGES
    ),
    ("GET", "/api/execution"): lambda to, members: pipelines.execution(to, members["arn"]),
    ("GET", "/api/step"): lambda to, members: steps.step(to, members["arn"], members["name"]),
    ("GET", "/api/form"): lambda to, members: pipelines.start_form(to, members["pipeline"]),
    ("POST", "/api/executions"): lambda to, members: {
        "arn": pipelines.start(to, members["pipeline"], members["parameters"], members["request_token"])
    },
    ("POST", "/api/execution/stop"): lambda to, members: pipelines.stop(to, members["arn"]),
    ("POST", "/api/execution/retry"): lambda to, members: pipelines.retry(to, members["arn"]),
    ("GET", "/api/log"): lambda to, members: places.log_events(
        to, members["group"], members["stream"], members.get("token")
    ),
    ("GET", "/api/versions"): lambda to, _: models.versions(to),
    ("GET", "/api/version"): lambda to, members: models.version(to, members["version"]),
    ("POST", "/api/decision"): lambda to, members: models.decide_on(
        to, str(members["version"]), members["decision"], members["note"]
    ),
    ("GET", "/api/endpoint"): lambda to, _: endpoint.endpoint(to),
    ("GET", "/api/traffic"): lambda to, _: endpoint.traffic(to),
    ("GET", "/api/features"): lambda to, _: endpoint.form(to),
    ("POST", "/api/score"): lambda to, members: {"answers": endpoint.score(to, members["rows"])},
    ("GET", "/api/examples"): lambda to, _: sql.examples(to),
    ("POST", "/api/scoring"): lambda to, _: sql.prepare_scoring(to),
    ("POST", "/api/queries"): lambda to, members: {"id": sql.start(to, members["sql"])},
    ("GET", "/api/query"): lambda to, members: sql.result(to, members["id"]),
    ("POST", "/api/query/stop"): lambda to, members: sql.stop(to, members["id"]),
}
"""By method and path: each gets the deployment, and the members of the body or the query string."""


class Members(dict[str, Any]):
    """The members that a call receives; a missing one is named in the refusal."""

    def __missing__(self, name: str) -> Any:
        raise CommandError("request", f"{name!r} is missing")


def _endpoint_of(call: Call) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        members = await _members(request)
        return Answer(await run_in_threadpool(call, request.app.state.deployment, members))

    return answer


async def _members(request: Request) -> Members:
    """Return what a call receives; raise `CommandError` if its body is not a JSON object of a reasonable size."""
    if request.method == "GET":
        return Members(request.query_params)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_BODY:
            raise CommandError(request.url.path, f"a request may have {_LARGEST_BODY} bytes at most")
    try:
        members = json.loads(body or b"{}")
    except ValueError as error:
        raise CommandError(request.url.path, "the body is not JSON") from error
    if not isinstance(members, dict):
        raise CommandError(request.url.path, "the body is not a JSON object")
    return Members(members)


async def _open_document(request: Request) -> Response:
    """Return the path at which a frame may take a file, once."""
    uri = str((await _members(request)).get("uri", ""))
    content = await run_in_threadpool(places.read, request.app.state.deployment, uri)
    return Answer({"path": request.app.state.tickets.issue(Document.of(uri, content))})


def _download(request: Request) -> Response:
    return StreamingResponse(
        sql.as_csv(request.app.state.deployment, request.path_params["id"]), media_type="text/csv; charset=utf-8"
    )


def _failed(_: Request, error: Exception) -> Response:
    if isinstance(error, CommandError):
        return Answer({"error": {"what": error.step, "reason": error.reason}}, 409)
    return Answer({"error": {"what": "AWS", "reason": failure_message(error).strip().removeprefix("failed: ")}}, 502)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
