"""S3: objects as ordinary files, `<data folder>/s3/buckets/<bucket>/<key>`, with a row each; buckets and uploads."""

from __future__ import annotations

from local_aws.kernel.context import Context, Handler, Service
from local_aws.kernel.hourly import Hourly
from local_aws.services.s3.bucket_settings import BucketSettings
from local_aws.services.s3.buckets import BucketOperations
from local_aws.services.s3.lifecycle import Lifecycle
from local_aws.services.s3.listings import ListOperations
from local_aws.services.s3.members import guarded
from local_aws.services.s3.multipart import UploadOperations
from local_aws.services.s3.reads import ReadOperations
from local_aws.services.s3.store import Store
from local_aws.services.s3.tagging import TagOperations
from local_aws.services.s3.upload_listings import UploadListings
from local_aws.services.s3.writes import WriteOperations


def object_operations(context: Context, store: Store) -> dict[tuple[str, str], Handler]:
    """Return the operations on buckets, objects and uploads, which every server has: jobs read and write objects."""
    parts = (
        *(BucketOperations(context, store), WriteOperations(context, store), UploadOperations(context, store)),
        *(ReadOperations(store), ListOperations(store), UploadListings(store), TagOperations(store)),
    )
    return {("s3", name): guarded(name, handler) for part in parts for name, handler in part.operations.items()}


def build(context: Context) -> Service:
    """Build the settings of buckets, and the expiry that they ask for."""
    settings = BucketSettings(context)
    sweeps = Hourly("s3-lifecycle", Lifecycle(context, settings).sweep)
    return Service(settings.operations, sweeps.start, sweeps.stop)
