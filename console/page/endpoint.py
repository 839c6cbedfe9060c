"""The endpoint: what it serves, how it does, and answers for rows that a person makes up."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow.parquet as pq

from console.errors import CommandError
from console.page.deployment import Deployment
from console.page.places import files_below, read
from console.registry import packages, served_package, serving
from lambda_functions.endpoint_records import describe_if_exists
from processing.feature_contract import DECISION_THRESHOLD, Feature, feature_set

_PERIOD = 60
_HOURS = 3
_LARGEST_BATCH = 200
_METRICS = (
    ("Invocations", "Sum"),
    ("Invocation4XXErrors", "Sum"),
    ("Invocation5XXErrors", "Sum"),
    ("ModelLatency", "Average"),
)


def endpoint(deployment: Deployment) -> dict[str, Any]:
    """Return the endpoint's state, variants and alarms; ``exists`` is false before the first deployment."""
    client, name = deployment.client("sagemaker"), deployment.names.pipeline
    described = describe_if_exists(client.describe_endpoint, EndpointName=name)
    alarms = alarms_of(deployment)
    if not described:
        return {"exists": False, "name": name, "alarms": alarms}
    now, registered, config = deployment.together(
        lambda: serving(client, name),
        lambda: packages(client, name),
        lambda: describe_if_exists(client.describe_endpoint_config, EndpointConfigName=described["EndpointConfigName"]),
    )
    versions = {package.arn: package.version for package in registered}
    return {
        "exists": True,
        "name": name,
        "arn": described["EndpointArn"],
        "status": described["EndpointStatus"],
        "serves": versions.get(now.package_arn) if now else None,
        "moving_to": versions.get(now.moving_to) if now else None,
        "since": now.since if now else described["LastModifiedTime"],
        "failure": now.failure if now else "",
        "last_deployment": {key: value for key, value in now.tags.items() if key.startswith("LastDeployment")}
        if now
        else {},
        "config": described["EndpointConfigName"],
        "capture": config.get("DataCaptureConfig", {}).get("EnableCapture", False),
        "variants": _variants(described, config),
        "alarms": alarms,
    }


def _variants(described: Mapping[str, Any], config: Mapping[str, Any]) -> list[dict[str, Any]]:
    configured = {variant["VariantName"]: variant for variant in config.get("ProductionVariants", [])}
    return [
        {
            "name": variant["VariantName"],
            "weight": variant.get("CurrentWeight"),
            "instances": variant.get("CurrentInstanceCount"),
            "desired": variant.get("DesiredInstanceCount"),
            "type": configured.get(variant["VariantName"], {}).get("InstanceType")
            or ("Serverless" if "CurrentServerlessConfig" in variant else ""),
            "model": configured.get(variant["VariantName"], {}).get("ModelName", ""),
            "image": next((image["SpecifiedImage"] for image in variant.get("DeployedImages", [])), ""),
        }
        for variant in described.get("ProductionVariants", [])
    ]


def alarms_of(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the deployment's alarms, those that fire first."""
    answer = deployment.client("cloudwatch").describe_alarms(AlarmNamePrefix=deployment.names.named("playgrounds-"))
    alarms = [
        {
            "name": alarm["AlarmName"],
            "about": alarm.get("AlarmDescription", ""),
            "state": alarm["StateValue"],
            "reason": alarm.get("StateReason", ""),
            "since": alarm.get("StateTransitionedTimestamp", alarm.get("StateUpdatedTimestamp")),
            "guards": alarm["AlarmName"] in deployment.names.endpoint_alarms,
        }
        for alarm in answer["MetricAlarms"]
    ]
    return sorted(alarms, key=lambda alarm: (alarm["state"] != "ALARM", alarm["name"]))


def traffic(deployment: Deployment) -> dict[str, Any]:
    """Return the endpoint's requests, errors and latency of the last hours, a point per minute."""
    now = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    start = now - timedelta(hours=_HOURS)
    dimensions = [
        {"Name": "EndpointName", "Value": deployment.names.pipeline},
        {"Name": "VariantName", "Value": "AllTraffic"},
    ]
    answer = deployment.client("cloudwatch").get_metric_data(
        StartTime=start,
        EndTime=now,
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": dimensions},
                    "Period": _PERIOD,
                    "Stat": statistic,
                },
            }
            for name, statistic in _METRICS
        ],
    )
    times = [int((start + timedelta(seconds=_PERIOD * minute)).timestamp()) for minute in range(_HOURS * 60)]
    series = {}
    for (name, _), result in zip(_METRICS, answer["MetricDataResults"], strict=True):
        values = {int(at.timestamp()): value for at, value in zip(result["Timestamps"], result["Values"], strict=True)}
        # No requests are a count of zero, and have no latency.
        series[name] = [values.get(time, None if name == "ModelLatency" else 0) for time in times]
    return {"times": times, "series": series}


def form(deployment: Deployment) -> dict[str, Any]:
    """Return what the serving model takes: its features, and the playgrounds that it may be asked about."""
    package = served_package(deployment.client("sagemaker"), deployment.names.pipeline)
    features = feature_set(package.properties["FeatureSet"])
    rows = [dict(row) for row in _scoring_rows(deployment, package.properties["ScoringRowsUrl"])]
    return {
        "version": package.version,
        "answer": package.properties["Answer"],
        "threshold": DECISION_THRESHOLD,
        "row": features.row,
        "label_rule": features.label_rule,
        "features": [_field(feature, rows) for feature in features.features],
        "playgrounds": rows,
    }


def score(deployment: Deployment, rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Ask the endpoint for the answers to rows of features.

    Raises
    ------
    CommandError
        A row lacks a feature that may not be missing, or has what is not a number.
    """
    if not 0 < len(rows) <= _LARGEST_BATCH:
        raise CommandError("score", f"between 1 and {_LARGEST_BATCH} rows can be scored at a time; got {len(rows)}")
    package = served_package(deployment.client("sagemaker"), deployment.names.pipeline)
    features = feature_set(package.properties["FeatureSet"]).features
    body = io.StringIO()
    csv.writer(body, lineterminator="\n").writerows([_cell(feature, row) for feature in features] for row in rows)
    answer = deployment.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=deployment.names.pipeline, ContentType="text/csv", Accept="text/csv", Body=body.getvalue().encode()
    )
    text = answer["Body"].read().decode()
    lines = text.split()
    # A container answers a row per line, the label first, or all rows in one line.
    cells = lines[0].split(",") if len(lines) == 1 < len(rows) else [line.split(",")[0] for line in lines]
    values = [float(cell) for cell in cells]
    if len(values) != len(rows):
        raise CommandError("score", f"the endpoint answered {len(rows)} rows with {len(values)} values: {text[:200]}")
    return values


def _cell(feature: Feature, row: Mapping[str, Any]) -> str:
    value = row.get(feature.name)
    if value is None or value == "":
        if not feature.nullable:
            raise CommandError(feature.name, "a value is needed: the model takes no row without it")
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise CommandError(feature.name, f"{value!r} is not a number") from error
    if not math.isfinite(number):
        raise CommandError(feature.name, f"{value!r} is not a finite number")
    return repr(int(number) if feature.dtype == "int" else number)


def _field(feature: Feature, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a feature as a form needs it, with the range of its values in the data."""
    values = [row[feature.name] for row in rows if row.get(feature.name) is not None]
    return {
        "name": feature.name,
        "about": feature.description,
        "group": feature.group,
        "type": feature.dtype,
        "nullable": feature.nullable,
        "minimum": min(values, default=0),
        "maximum": max(values, default=1),
        "is_flag": set(values) <= {0, 1},
    }


@lru_cache(maxsize=4)
def _rows_of(content: bytes) -> tuple[dict[str, Any], ...]:
    return tuple(pq.read_table(io.BytesIO(content)).to_pylist())


def _scoring_rows(deployment: Deployment, uri: str) -> list[dict[str, Any]]:
    files = [file for file in files_below(deployment, uri) if file["name"].endswith(".parquet")]
    return [row for file in files for row in _rows_of(read(deployment, file["uri"]))]
