"""Resources that set one policy on several queues or topics."""

from __future__ import annotations

from abc import abstractmethod

from local_aws.kernel.context import Context
from local_aws.services.cloudformation.resource_type import Declaration, PhysicalResource, Properties
from local_aws.services.cloudformation.types.fitting import text_of
from local_aws.services.cloudformation.types.service_type import ServiceType


class SharedPolicy(ServiceType):
    """A policy of several resources, which the property `member` lists."""

    member: str

    @abstractmethod
    def put(self, context: Context, resource: str, policy: str) -> None:
        """Set the policy of a resource; an empty one removes it, or puts the default one back."""

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        """Set the policy."""
        identifier = declaration.generated_name(128)
        declaration.record_start(identifier, None)
        return self.update(context, identifier, declaration, {self.member: []})

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        """Set the new policy, and remove it from the resources that are not listed any more."""
        after = declaration.properties
        for resource in after[self.member]:
            self.put(context, resource, text_of(after["PolicyDocument"]))
        self._remove(context, [resource for resource in before[self.member] if resource not in after[self.member]])
        return PhysicalResource(physical_id, {"Id": physical_id})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove the policy from the resources."""
        self._remove(context, properties[self.member])

    def _remove(self, context: Context, resources: list[str]) -> None:
        for resource in resources:
            with self.missing_is_fine():
                self.put(context, resource, "")
