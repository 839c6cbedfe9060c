"""A real Spark job: an unmodified script reads and writes ``s3://`` URIs that are files of this server."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from tests.conftest import RunningServer
from tests.services.glue.test_jobs import BUCKET, Jobs

RAW, PROCESSED = "spark.raw", "spark-processed"

SCRIPT = f"""
import boto3
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
counts = spark.read.option("header", True).csv("s3://{RAW}/income/").withColumn("n", F.col("n").cast("long"))
parks = spark.read.parquet("s3a://{RAW}/parks/year=*/")
joined = parks.join(counts.groupBy("zipcode").agg(F.sum("n").alias("n")), "zipcode", "left")
out = joined.withColumn("year", F.lit(2026)).coalesce(1).write.mode("overwrite").partitionBy("year")
out.parquet("s3://{PROCESSED}/joined/")
joined.coalesce(1).write.mode("overwrite").json("s3a://{PROCESSED}/lines/")
s3 = boto3.client("s3")
(line,) = s3.list_objects_v2(Bucket="{PROCESSED}", Prefix="lines/part-")["Contents"]
s3.copy({{"Bucket": "{PROCESSED}", "Key": line["Key"]}}, "{PROCESSED}", "published.json")
s3.delete_object(Bucket="{PROCESSED}", Key=line["Key"])
print("settings", spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.shuffle.partitions"))
security = spark.sparkContext._jvm.org.apache.spark.SparkEnv.get().securityManager()
print("authenticated", security.isAuthenticationEnabled())
spark.read.text("s3://spark-nowhere/x/")
"""


def test_a_spark_job_reads_and_writes_objects_and_says_what_failed(server: RunningServer) -> None:
    jobs = Jobs(server)
    for bucket in (RAW, PROCESSED):
        jobs.s3.create_bucket(Bucket=bucket)
    jobs.s3.put_object(Bucket=RAW, Key="income/year=2016/a.csv", Body=b"zipcode,n\n10001,2\n10001,3\n")
    parquet = io.BytesIO()
    pq.write_table(pa.table({"name": ["x", "y"], "zipcode": ["10001", "10002"]}), parquet)
    jobs.s3.put_object(Bucket=RAW, Key="parks/year=2026/parks.parquet", Body=parquet.getvalue())
    jobs.s3.put_object(Bucket=PROCESSED, Key="joined/year=2026/old.parquet", Body=parquet.getvalue())
    jobs.s3.put_object(Bucket=PROCESSED, Key="joined/year=2025/kept.parquet", Body=parquet.getvalue())
    jobs.create("spark", SCRIPT, DefaultArguments={"--conf": "spark.sql.shuffle.partitions=3"})

    run = jobs.run("spark")

    assert run["JobRunState"] == "FAILED"
    assert "s3://spark-nowhere/" in run["ErrorMessage"]
    assert "\tat " not in run["ErrorMessage"]
    assert "settings UTC 3" in jobs.log(run["Id"])
    assert "authenticated True" in jobs.log(run["Id"])
    keys = [found["Key"] for found in jobs.s3.list_objects_v2(Bucket=PROCESSED)["Contents"]]
    assert "joined/year=2025/kept.parquet" in keys
    assert "joined/year=2026/old.parquet" not in keys
    assert not [key for key in keys if key.endswith(".crc") or "_temporary" in key]
    (part,) = [key for key in keys if key.startswith("joined/year=2026/part-")]
    content = jobs.s3.get_object(Bucket=PROCESSED, Key=part)["Body"].read()
    rows = pq.read_table(io.BytesIO(content)).sort_by("zipcode").to_pylist()
    assert rows == [{"zipcode": "10001", "name": "x", "n": 5}, {"zipcode": "10002", "name": "y", "n": None}]
    assert "lines/_SUCCESS" in keys
    # The script's own calls have seen what its Spark had written.
    assert "published.json" in keys
    assert not [key for key in keys if key.startswith("lines/part-")]
    written = server.server.settings.data_dir / "s3" / "buckets" / PROCESSED / "lines"
    assert {path.stat().st_mode & 0o077 for path in (written, *written.iterdir())} == {0}
    folder = server.context.jobs.folder("glue", run["Id"])
    assert not (folder / "spark").exists()
    assert jobs.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_full_heap_is_named(server: RunningServer) -> None:
    jobs = Jobs(server)
    script = (
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print(len(spark.range(1).selectExpr(\"repeat('x', 2000000000) AS x\").collect()))\n"
    )
    jobs.create("small heap", script, DefaultArguments={"--conf": "spark.driver.memory=512m"})

    run = jobs.run("small heap")

    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("java.lang.OutOfMemoryError: Java heap space. Spark's heap is full: ")
    assert "larger WorkerType" in run["ErrorMessage"]
