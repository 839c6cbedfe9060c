"""The operations of KMS."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Service, operations
from local_aws.kernel.context import Context
from local_aws.services.kms.aliases import Aliases
from local_aws.services.kms.keys import SUPPORTED, Keys


def build(context: Context) -> Service:
    """Build the service."""
    keys = Keys(context)
    aliases = Aliases(context, keys)
    create = Operation(
        keys.create,
        Members(
            refused=("CustomKeyStoreId", "MultiRegion", "XksKeyId"),
            values={member: (value,) for member, value in SUPPORTED.items()},
        ),
        error="UnsupportedOperationException",
    )
    return Service(
        operations(
            "kms",
            {
                "CreateKey": create,
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
                "TagResource": keys.tags.tag,
                "UntagResource": keys.tags.untag,
                "ListResourceTags": keys.list_tags,
                "CreateAlias": aliases.create,
                "UpdateAlias": aliases.update,
                "DeleteAlias": aliases.delete,
                "ListAliases": aliases.list,
            },
        )
    )
