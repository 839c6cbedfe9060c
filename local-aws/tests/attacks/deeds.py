"""What a hostile page tries to do, and by which means.

A page cannot sign, but before signatures were verified it was enough to name the service where a signature would: in
the query string, which even a form can set.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.services.lambda_.conftest import zip_of

BUCKET = "victim-bucket"
SECRET_SCRIPT = "secret.js"
SECRET_EVENTS = "secret.events"
VICTIM = "victim"
"""Name of the function, pipeline, endpoint and role that the attacks aim at."""
MODEL_ROW = "0.25,0.5,0.75"

FORMS = ("form in a frame", "form in a sandbox", "form in a window")
BODIES = ("fetch no-cors", "fetch", "fetch with credentials", "XMLHttpRequest", "beacon")
LOADS = (
    "image",
    "script",
    "style sheet",
    "prefetch",
    "frame",
    "navigation",
    "WebSocket",
    "EventSource",
    "fetch no-cors",
)
READS = ("fetch", "fetch with credentials", "XMLHttpRequest", "script")
OWN_READS = ("frame", "navigation")
"""A page reads other pages so only if they are of its own origin."""
WITH_HEADERS = ("fetch with headers", "XMLHttpRequest")

_FORGED = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "0" * 64}
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


@dataclass(frozen=True)
class Request:
    """One request of a page.

    Parameters
    ----------
    deed
        What it is to do.
    means
        How the page sends it; see ``page.html``.
    path
        Path and query.
    method
        HTTP's.
    body
        Of a script's request.
    fields, enctype
        Of a form.
    headers
        That no page of another origin sends without a preflight.
    reads
        What has been read when the attack succeeds, if that is not the secret.
    is_read
        Whether it succeeds by what it reads, not by what it does.
    """

    deed: str
    means: str
    path: str
    method: str = "POST"
    body: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    enctype: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    reads: str = ""
    is_read: bool = False

    def plan(self, attack_id: str, base: str) -> dict[str, Any]:
        """Return what the page's script needs."""
        return {
            "id": attack_id,
            "means": self.means,
            "url": f"{base}{self.path}",
            "method": self.method,
            "body": self.body or None,
            "fields": self.fields,
            "enctype": self.enctype,
            "headers": dict(self.headers) or None,
            "reads": self.reads,
        }


def requests_of(number: int, folder: str, score: str, *, own_origin: bool) -> list[Request]:
    """Return the requests against the server's port.

    Parameters
    ----------
    number
        Makes the names unique; each request ``evil-<number>-<n>``.
    folder
        Where the victim's function makes a file when it is invoked.
    score
        The model's answer to `MODEL_ROW`.
    own_origin
        Whether the page has the origin of its target.
    """
    requests: list[Request] = []

    def name() -> str:
        return f"evil-{number}-{len(requests)}"

    for means in (*FORMS, *BODIES):
        function = {
            "FunctionName": name(),
            "Runtime": "python3.12",
            "Role": f"arn:aws:iam::123456789012:role/{VICTIM}",
            "Handler": "app.handler",
            "Code": {"ZipFile": base64.b64encode(zip_of({"app.py": "def handler(event, context): pass"})).decode()},
        }
        requests.append(_json("create a function", means, "/2015-03-31/functions", "lambda", function))
    for means in (*FORMS, *BODIES):
        path = f"/2015-03-31/functions/{VICTIM}/invocations"
        requests.append(_json("run code", means, path, "lambda", {"file": f"{folder}/{name()}"}))
    for means in (*FORMS, *BODIES):
        listed = f"<Delete><Object><Key>{name()}</Key></Object></Delete><!--"
        path = _path(f"/{BUCKET}", "s3", delete="")
        requests.append(_text("delete an object", means, path, listed, "-->"))
    for means in WITH_HEADERS:
        path = _path(f"/{BUCKET}/{name()}", "s3")
        requests.append(Request("put an object", means, path, "PUT", "evil", headers=(("X-Amz-Acl", "private"),)))
    for means in FORMS:
        upload = (("key", name()), ("file", "evil"))
        path = _path(f"/{BUCKET}", "s3")
        requests.append(Request("upload by POST policy", means, path, fields=upload, enctype="multipart/form-data"))
    for means in (*READS, *(OWN_READS if own_origin else ())):
        path = _path(f"/{BUCKET}/{SECRET_SCRIPT}", "s3", unique=name())
        requests.append(Request("read an object", means, path, "GET", is_read=True))
    path = _path(f"/{BUCKET}/{SECRET_EVENTS}", "s3", unique=name())
    requests.append(Request("read an object", "EventSource", path, "GET", is_read=True))
    topic = {"Action": "CreateTopic"}
    for means in FORMS:
        posted = _action_form("create a topic", means, "sns", **topic, Name=name())
        requests.append(posted)
    for means in LOADS:
        loaded = _action("create a topic", means, "sns", **topic, Name=name())
        requests.append(loaded)
    requests.append(_get_form("create a topic", "sns", **topic, Name=name()))
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    stack = {"Action": "CreateStack", "TemplateBody": template}
    requests.append(_action_form("create a stack", FORMS[0], "cloudformation", **stack, StackName=name()))
    requests.append(_action("create a stack", "image", "cloudformation", **stack, StackName=name()))
    role = {"Action": "CreateRole", "AssumeRolePolicyDocument": _TRUST}
    requests.append(_action_form("create a role", FORMS[0], "iam", **role, RoleName=name()))
    requests.append(_action("create a role", "image", "iam", **role, RoleName=name()))
    requests.append(_action_form("create a queue", FORMS[0], "sqs", Action="CreateQueue", QueueName=name()))
    requests.append(_action("create a queue", "image", "sqs", Action="CreateQueue", QueueName=name()))
    for means in READS[:3]:
        assumed = {"RoleArn": f"arn:aws:iam::123456789012:role/{VICTIM}", "RoleSessionName": name()}
        path = _path("/", "sts", Action="AssumeRole", Version="2011-06-15", **assumed)
        requests.append(Request("get a role's keys", means, path, "GET", reads="SecretAccessKey", is_read=True))
    for means in WITH_HEADERS:
        body = json.dumps({"PipelineName": VICTIM, "PipelineExecutionDisplayName": name()})
        headers = (("X-Amz-Target", "SageMaker.StartPipelineExecution"), ("Content-Type", "application/x-amz-json-1.1"))
        requests.append(Request("start a pipeline", means, _path("/", "sagemaker"), body=body, headers=headers))
    for means in WITH_HEADERS:
        path = _path(f"/endpoints/{VICTIM}/invocations", "sagemaker", unique=name())
        requests.append(_scoring("invoke an endpoint", means, path, score))
    requests.append(Request("reset everything", FORMS[0], _path("/moto-api/reset", "s3", unique=name())))
    return requests


def requests_to_model(number: int, score: str) -> list[Request]:
    """Return the requests against any other port: those that a model server would answer."""
    return [
        _scoring("ask a model server", means, f"/invocations?unique=evil-{number}-{position}", score)
        for position, means in enumerate(WITH_HEADERS)
    ]


def _scoring(deed: str, means: str, path: str, score: str) -> Request:
    headers = (("Content-Type", "text/csv"), ("Accept", "text/csv"))
    return Request(deed, means, path, body=MODEL_ROW, headers=headers, reads=score, is_read=True)


def _path(path: str, service: str, **query: str) -> str:
    """Return path and query, with the service in an unsigned credential scope."""
    scope = f"x/20260101/us-east-1/{service}/aws4_request"
    return f"{path}?{urlencode({**query, 'X-Amz-Credential': scope, **_FORGED}, quote_via=quote)}"


def _json(deed: str, means: str, path: str, service: str, request: dict[str, Any]) -> Request:
    open_ended = json.dumps(request)[:-1] + ', "Description": "'
    return _text(deed, means, _path(path, service), open_ended, '"}')


def _text(deed: str, means: str, path: str, beginning: str, end: str) -> Request:
    """Return a request with a text as its body; a form puts ``=`` between beginning and end."""
    return Request(deed, means, path, body=f"{beginning}={end}", fields=((beginning, end),), enctype="text/plain")


def _action_form(deed: str, means: str, service: str, **parameters: str) -> Request:
    return Request(deed, means, _path("/", service), fields=tuple(parameters.items()))


def _get_form(deed: str, service: str, **parameters: str) -> Request:
    scope = ("X-Amz-Credential", f"x/20260101/us-east-1/{service}/aws4_request")
    return Request(deed, FORMS[0], "/", "GET", fields=(*parameters.items(), scope))


def _action(deed: str, means: str, service: str, **parameters: str) -> Request:
    return Request(deed, means, _path("/", service, **parameters), "GET")
