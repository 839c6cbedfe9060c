"""Resources that set one policy on several queues or topics."""

from __future__ import annotations

from abc import abstractmethod

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import text_of
from local_aws.services.cloudformation.types.steps import missing_is_fine


class SharedPolicy(ResourceType):
    """A policy of several resources, which its property `member` lists."""

    member: str
    missing: tuple[str, ...]
    """The service's error codes for a resource that is not there."""

    @abstractmethod
    def put(self, call: Call, resource: str, policy: str) -> None:
        """Set the policy of a resource; an empty one takes it away, or puts the default one back."""

    def create(self, call: Call, declared: Declared) -> Made:
        """Set the policy."""
        identifier = declared.generated_name(128)
        declared.begins(identifier, None)
        self._put_all(call, declared.properties)
        return Made(identifier, {"Id": identifier})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Set the new policy, and take it from the resources that are not listed any more."""
        after = declared.properties
        self._put_all(call, after)
        self._take(call, [resource for resource in before[self.member] if resource not in after[self.member]])
        return Made(physical_id, {"Id": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Take the policy from the resources."""
        self._take(call, properties[self.member])

    def _put_all(self, call: Call, properties: Properties) -> None:
        for resource in properties[self.member]:
            self.put(call, resource, text_of(properties["PolicyDocument"]))

    def _take(self, call: Call, resources: list[str]) -> None:
        for resource in resources:
            with missing_is_fine(*self.missing):
                self.put(call, resource, "")
