"""KMS keys and aliases as records: nothing here encrypts, and no key has material."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.kms.aliases import Aliases
from local_aws.services.kms.keys import Keys


def build(context: Context) -> Service:
    """Build the KMS service."""
    keys = Keys(context)
    aliases = Aliases(context, keys)
    handlers = {
        "CreateKey": keys.create,
        "DescribeKey": lambda request: keys.describe(aliases.resolved(request)),
        "ListKeys": keys.list,
        "UpdateKeyDescription": keys.update_description,
        "EnableKey": keys.enable,
        "DisableKey": keys.disable,
        "EnableKeyRotation": keys.enable_rotation,
        "DisableKeyRotation": keys.disable_rotation,
        "GetKeyRotationStatus": keys.rotation_status,
        "PutKeyPolicy": keys.put_policy,
        "GetKeyPolicy": keys.get_policy,
        "ScheduleKeyDeletion": keys.schedule_deletion,
        "CancelKeyDeletion": keys.cancel_deletion,
        "TagResource": keys.tag,
        "UntagResource": keys.untag,
        "ListResourceTags": keys.tags,
        "CreateAlias": aliases.create,
        "UpdateAlias": aliases.update,
        "DeleteAlias": aliases.delete,
        "ListAliases": aliases.list,
    }
    return Service({("kms", name): handler for name, handler in handlers.items()})
