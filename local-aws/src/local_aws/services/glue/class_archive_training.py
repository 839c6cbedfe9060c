"""Runs Spark over a little of everything, so that the classes which jobs use are loaded; a program of its own.

Usage: ``class_archive_training.py SCRATCH BASE_ARCHIVE NEW_ARCHIVE``
"""

import sys
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (as Spark's documentation writes it)


def main(scratch: Path, base: str, archive: str) -> None:
    """Run the jobs, end the JVM and wait until it has written the archive."""
    session = (
        SparkSession.builder.master("local[2]")
        .config(
            "spark.driver.extraJavaOptions",
            "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 "
            f'"-XX:SharedArchiveFile={base}" "-XX:ArchiveClassesAtExit={archive}"',
        )
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", (scratch / "warehouse").as_uri())
        .config("spark.hadoop.fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem")
        .config("spark.hadoop.fs.s3.impl", "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme")
        .config("spark.hadoop.fs.viewfs.mounttable.bucket.linkFallback", scratch.as_uri())
        .getOrCreate()
    )
    run_jobs(session)
    gateway: Any = SparkContext._gateway
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def run_jobs(session: SparkSession) -> None:
    """Write and read the formats, join, aggregate, rank and explode, as ETL jobs do."""
    rows = session.range(500).select(
        F.format_string("%05d", F.col("id") % 40).alias("key"),
        (F.col("id") % 7).cast("int").alias("level"),
        F.rand(1).alias("share"),
        F.when(F.col("id") % 3 == 0, "Y").alias("flag"),
    )
    rows.write.mode("overwrite").partitionBy("level").parquet("s3://bucket/parquet")
    rows.write.mode("overwrite").option("header", True).csv("s3://bucket/csv")
    rows.write.mode("overwrite").json("s3://bucket/json")
    left = session.read.option("header", True).csv("s3://bucket/csv")
    right = session.read.parquet("s3://bucket/parquet")
    lists = session.read.option("multiLine", True).json("s3://bucket/json").where(F.col("flag").isNotNull())
    joined = left.join(_summary(right), "key", "left").join(lists.select("key").distinct(), "key", "left_semi")
    ranked = joined.withColumn("rank", F.row_number().over(Window.partitionBy("key").orderBy("share")))
    exploded = ranked.withColumn("part", F.explode(F.split(F.concat_ws(",", "key", "flag"), ",")))
    final = exploded.where("rank < 5").unionByName(exploded.where("rank = 5")).orderBy("key", "rank")
    final.coalesce(1).write.mode("overwrite").parquet("s3://bucket/final")
    session.read.parquet("s3://bucket/final").createOrReplaceTempView("final")
    session.sql("SELECT key, count(*) AS n FROM final GROUP BY key HAVING n > 1").collect()


def _summary(rows: DataFrame) -> DataFrame:
    sums = rows.groupBy("key").agg(F.sum("share").alias("total"), F.countDistinct("level").alias("levels"))
    wide = rows.groupBy("key").pivot("flag", ["Y"]).count()
    return sums.join(F.broadcast(wide), "key", "left")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
