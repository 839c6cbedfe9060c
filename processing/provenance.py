"""Which run a processing job belongs to, from its own description in the container.

Source: "How Amazon SageMaker Processing configures your processing container": ``processingjobconfig.json`` is the
request of the job. A pipeline variable in the command would keep the step from being cached.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

JOB_CONFIG = Path("/opt/ml/config/processingjobconfig.json")
_CODE = re.compile(r"/code/([0-9a-f]{64})(?:/|$)")


def provenance(config: Path = JOB_CONFIG) -> dict[str, str]:
    """Return `execution` (its id) and `code` (the digest of the code asset), as far as the description has them."""
    try:
        job = json.loads(config.read_text(encoding="utf-8"))
        inputs = [entry["S3Input"]["S3Uri"] for entry in job["ProcessingInputs"] if "S3Input" in entry]
        outputs = [entry["S3Output"]["S3Uri"] for entry in job["ProcessingOutputConfig"]["Outputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    digests = [match[1] for uri in inputs if (match := _CODE.search(uri))]
    found = {"code": digests[0]} if digests else {}
    # s3://<bucket>/<pipeline>/<execution id>/<step>/<output>
    parts = outputs[0].removeprefix("s3://").split("/") if outputs else []
    return found | ({"execution": parts[2]} if len(parts) > 4 else {})
