"""Functions that pipelines run as steps; the SDK pickles them whole."""


def count(harvest, pipeline):
    """Count the lots of a harvest, by origin."""
    import boto3

    bucket, _, key = harvest.removeprefix("s3://").partition("/")
    lines = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()[1:]
    origins = [line.partition(",")[0] for line in lines]
    counts = {origin: origins.count(origin) for origin in sorted(set(origins))}
    return {
        "pipeline": pipeline,
        "lots": len(lines),
        "origins": [{"name": name, "lots": counts[name]} for name in counts],
    }


def judge(harvest, first, fewest, share, dry) -> tuple:
    """Say whether there are enough lots, and which depths to choose from."""
    if dry is not False or not isinstance(fewest, int) or not isinstance(share, float):
        raise TypeError(f"got {fewest!r}, {share!r} and {dry!r}")
    assert [origin["name"] for origin in harvest["origins"]] == ["north", "south", "west"]
    return harvest["lots"] >= fewest and first["lots"] < share * harvest["lots"], f"2,{fewest // 40}"


def read(folder):
    """Return the depth that a step has chosen."""
    import json
    import os
    from pathlib import Path

    import boto3

    assert Path("note.txt").read_text().strip() == os.environ["SEASON"], "the command before the function has run"
    bucket, _, key = folder.removeprefix("s3://").partition("/")
    chosen = boto3.client("s3").get_object(Bucket=bucket, Key=f"{key}/parameters.json")
    return json.loads(chosen["Body"].read())


def summarise(harvest):
    """Summarise the harvest with a module of the caller's folder."""
    import io

    import boto3
    import pandas as pd
    from words import describe

    bucket, _, key = harvest.removeprefix("s3://").partition("/")
    content = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return describe(pd.read_csv(io.BytesIO(content)))


def refuse(limit):
    """Refuse the harvest."""
    raise ValueError(f"the harvest is not below {limit}")
