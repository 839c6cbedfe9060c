"""Every key that S3A can name on AWS is the same object to Spark and to an S3 client, and no other is touched."""

from __future__ import annotations

import base64
import json
from urllib.parse import unquote

import pytest

from tests.conftest import RunningServer
from tests.services.glue.test_jobs import Jobs
from tests.services.s3 import odd_keys

ODD_KEYS = [f"in/{key}" for key in odd_keys.ODD_KEYS if len(key.encode()) < 1000]
"""Below a folder: Hadoop's ViewFS does not list the root of a bucket in which a name holds a colon."""
PUT, WRITTEN, TABLES = "put-by-client", "written-by-spark", "spark-tables"
VALUES = [
    *("10:00", "a b", " a", "a%b", "%41", "50%", "ü", "日本", "😀", "a#b", "a?b", "a+b", "a=b", "a&b", "a;b", "a'b"),
    *('a"b', "a\\b", "{x}", "[x]", "*", "~", "a/b", "a,b", "a:b:c", "a|b", "a\nb", "a\x01b"),
]
SCRIPT = f"""
import base64, json
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
jvm, conf = spark._jvm, spark._jsc.hadoopConfiguration()
keys = json.loads(spark.read.text("s3://{TABLES}/keys.json").first()[0])

def path(bucket, key):
    return jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI("s3", bucket, "/" + key, None, None))

found, written = {{}}, []
for key in keys:
    try:
        stream = path("{PUT}", key).getFileSystem(conf).open(path("{PUT}", key))
        found[key] = base64.b64encode(bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream))).decode()
        stream.close()
        stream = path("{WRITTEN}", key).getFileSystem(conf).create(path("{WRITTEN}", key))
        stream.write(bytearray(key.encode()))
        stream.close()
        written.append(key)
    except Exception as error:
        print("refused", json.dumps(key), str(error)[:300])
names, files = [], path("{PUT}", "in").getFileSystem(conf).listFiles(path("{PUT}", "in"), True)
while files.hasNext():
    names.append(files.next().getPath().toUri().getPath()[1:])
rows = [(value, number) for number, value in enumerate({VALUES!r})]
spark.createDataFrame(rows, ["p", "n"]).write.partitionBy("p").json("s3://{TABLES}/by-value/")
read = {{row.n: row.p for row in spark.read.schema("n long, p string").json("s3://{TABLES}/by-value/").collect()}}
result = json.dumps({{"found": found, "written": written, "names": names, "read": read}})
spark.createDataFrame([(result,)], ["value"]).coalesce(1).write.text("s3://{TABLES}/result")
"""


def nameable(key: str) -> bool:
    """Return whether S3A can name a key, and a file system can hold it: no empty or dotted segments, none too long."""
    segments = key.split("/")
    return not any(part in ("", ".", "..") or len(part.encode()) > 255 or "\0" in part for part in segments)


@pytest.fixture(scope="module")
def result(server: RunningServer) -> tuple[Jobs, list[str], dict]:
    """Return what a job saw of the odd keys."""
    jobs = Jobs(server)
    for bucket in (PUT, WRITTEN, TABLES):
        jobs.s3.create_bucket(Bucket=bucket)
    for key in ODD_KEYS:
        jobs.s3.put_object(Bucket=PUT, Key=key, Body=key.encode())
    folders = {key[:at] for key in ODD_KEYS for at, character in enumerate(key) if character == "/"}
    keys = [key for key in ODD_KEYS if nameable(key) and key not in folders]
    keys = [key for key in keys if not any(key.startswith(f"{other}/") for other in ODD_KEYS)]
    jobs.s3.put_object(Bucket=TABLES, Key="keys.json", Body=json.dumps(keys).encode())
    jobs.create("keys", SCRIPT)
    run = jobs.run("keys")
    assert run["JobRunState"] == "SUCCEEDED", (run.get("ErrorMessage"), jobs.log(run["Id"])[-20:])
    assert [line for line in jobs.log(run["Id"]) if line.startswith("refused")] == []
    listed = jobs.s3.list_objects_v2(Bucket=TABLES, Prefix="result/part-")["Contents"]
    body = jobs.s3.get_object(Bucket=TABLES, Key=listed[0]["Key"])["Body"].read()
    return jobs, keys, json.loads(body)


def test_spark_reads_what_a_client_put(result: tuple[Jobs, list[str], dict]) -> None:
    _, keys, seen = result
    assert {key: base64.b64decode(content).decode() for key, content in seen["found"].items()} == {
        key: key for key in keys
    }
    assert set(keys) <= set(seen["names"])


def test_a_client_reads_what_spark_wrote(result: tuple[Jobs, list[str], dict]) -> None:
    jobs, keys, seen = result
    assert seen["written"] == keys
    listed = [found["Key"] for found in jobs.s3.list_objects_v2(Bucket=WRITTEN)["Contents"]]
    assert listed == sorted((key for key in keys if not hidden(key)), key=str.encode)
    for key in listed:
        assert jobs.s3.get_object(Bucket=WRITTEN, Key=key)["Body"].read().decode() == key


def test_no_object_was_touched(result: tuple[Jobs, list[str], dict]) -> None:
    jobs, _, _ = result
    for key in ODD_KEYS:
        assert jobs.s3.get_object(Bucket=PUT, Key=key)["Body"].read().decode() == key


def test_partitions_of_odd_values_are_listed_and_read(result: tuple[Jobs, list[str], dict]) -> None:
    jobs, _, seen = result
    assert seen["read"] == {str(number): value for number, value in enumerate(VALUES)}
    found = {}
    for entry in jobs.s3.list_objects_v2(Bucket=TABLES, Prefix="by-value/p=")["Contents"]:
        body = jobs.s3.get_object(Bucket=TABLES, Key=entry["Key"])["Body"].read()
        # Hive's form of a value is percent-encoded in the key itself.
        found[json.loads(body)["n"]] = unquote(entry["Key"].split("/")[1].removeprefix("p="))
    assert found == dict(enumerate(VALUES))


def hidden(key: str) -> bool:
    """Return whether a key is one of Hadoop's own files, which are no objects when Spark writes them."""
    *folders, name = key.split("/")
    return "_temporary" in folders or (name.startswith(".") and name.endswith(".crc"))
