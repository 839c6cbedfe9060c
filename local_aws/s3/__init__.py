"""S3 objects as ordinary files: `<data folder>/s3/<bucket>/<key>`, served through moto's S3 API; bucket settings."""

from __future__ import annotations

from local_aws.context import Context, Service
from local_aws.hourly import Hourly
from local_aws.s3.bucket_settings import BucketSettings
from local_aws.s3.lifecycle import Lifecycle


def build(context: Context) -> Service:
    """Build what moto does not do of S3: the settings of buckets, and the expiry that they ask for."""
    settings = BucketSettings(context)
    sweeps = Hourly("s3-lifecycle", Lifecycle(context, settings).sweep)
    return Service(settings.operations, sweeps.start, sweeps.stop)
