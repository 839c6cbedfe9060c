"""A resource type as a row: the operations of its service that create, read, update and delete its resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from typing import Any, ClassVar

from local_aws.contracts.members import Members
from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import (
    Declaration,
    PhysicalResource,
    Properties,
    ReadRequest,
    ResourceType,
)
from local_aws.services.cloudformation.types.fitting import fitted, text_of

_PROPERTY_TAGS = TagForm()


class ServiceType(ResourceType):
    """A type whose resources one service creates, reads, updates and deletes.

    The attributes say with which operations; a type overrides the methods where it is special.
    """

    service: str
    creates: str
    reads: str = ""
    """The operation that tells whether a resource of a name is there; empty where `creates` refuses a taken name."""
    updates: str = ""
    deletes: str
    key: str = "Name"
    """The member that names the resource, for `reads` and `deletes`."""
    listed: str = ""
    """The member of the answer of `reads` that is empty for a resource that is not there, where it does not fail."""
    missing: tuple[str, ...] = ("ResourceNotFoundException",)
    """The codes of the errors for a resource that is not there."""
    missing_text: str = ""
    """What the message of such an error contains, where its code has other meanings too."""
    name_property: str = "Name"
    max_name: int = 255
    is_generated: bool = False
    """Whether every name is generated, so that nobody else can have it."""
    id_path: str = ""
    """The path of the physical id in the answer of `creates`; empty where it is the name."""
    honoured: tuple[str, ...] | None = None
    """The paths of the properties that have an effect here; None where the operations refuse the others."""
    unset: ClassVar[Properties] = {}
    """The values of properties that a template no longer has, where the service keeps what a request does not name."""
    tag_form: TagForm | None = None
    tag_property: str = "Tags"
    tag_operations: tuple[str, str] = ("TagResource", "UntagResource")
    arn_resource: str = ""
    """The resource in the ARN, such as ``job/{}``; empty where the physical id is what the tag operations take."""
    id_attributes: tuple[str, ...] = ()
    """The attributes that are the physical id."""
    arn_attributes: tuple[str, ...] = ()

    def create(self, context: Context, declaration: Declaration) -> PhysicalResource:
        """Create the resource under a name that is free."""
        properties = declaration.properties
        self._check(properties)
        name = self.name_for(declaration)
        read = None
        if self.reads:
            read = ReadRequest(self.service, self.reads, self.reference(context, name, properties), self.listed)
            self._refuse_existing(context, read)
        if read is not None or self.is_generated:
            declaration.record_start(name, read)
        answer: Any = self.send(context, self.creates, self.creation(context, properties, name))
        physical_id = reduce(getitem, self.id_path.split("."), answer) if self.id_path else name
        with undone_by(lambda: self.delete(context, physical_id, properties)):
            self.settle(context, physical_id, properties, {})
            return PhysicalResource(physical_id, self.attributes(context, physical_id))

    def update(
        self, context: Context, physical_id: str, declaration: Declaration, before: Properties
    ) -> PhysicalResource:
        """Update the resource, then what operations of its own set, then its tags."""
        after = declaration.properties
        self._check(after)
        self.change(context, physical_id, after, before)
        self.settle(context, physical_id, after, before)
        self._retag(context, physical_id, after, before)
        return PhysicalResource(physical_id, self.attributes(context, physical_id))

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the resource."""
        with self.missing_is_fine():
            self.send(context, self.deletes, self.deletion(context, physical_id, properties))

    def name_for(self, declaration: Declaration) -> str:
        """Return the name that the template sets, or a generated one."""
        return declaration.properties.get(self.name_property) or declaration.generated_name(self.max_name)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        """Return the members of `reads`, by the resource's name."""
        return {self.key: name}

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        """Return the members of `deletes`."""
        return self.reference(context, physical_id, properties)

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        """Return the members of `creates`."""
        members = {**properties, **({self.name_property: name} if self.name_property else {})}
        if self.tag_form is not None and self.tag_property in properties:
            members[self.tag_property] = self.tag_form.write(self.tags_of(properties))
        return members

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        """Update what `updates` sets."""
        if self.updates:
            self.send(context, self.updates, self.modification(context, physical_id, after, before))

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        """Return the members of `updates`."""
        return {**self.unset_of(before), **without(after, self.tag_property), self.name_property: physical_id}

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        """Apply what separate operations set, for a new resource (with nothing before) and in an update."""

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        """Return what ``Fn::GetAtt`` returns."""
        ids = dict.fromkeys(self.id_attributes, physical_id)
        return ids | {name: self.arn(context, physical_id) for name in self.arn_attributes}

    def arn(self, context: Context, physical_id: str) -> str:
        """Return the resource's ARN, or what the tag operations take in its place."""
        if not self.arn_resource:
            return physical_id
        return context.settings.arn(self.service, self.arn_resource.format(physical_id))

    def send(self, context: Context, operation: str, members: Properties) -> Answer:
        """Call an operation of the service with properties, in its form."""
        return context.call(self.service, operation, fitted(self.service, operation, members, self.name))

    def tags_of(self, properties: Properties) -> dict[str, str]:
        """Return the tags in properties, a list or a map there, as a map."""
        return _PROPERTY_TAGS.read(properties, self.tag_property)

    def unset_of(self, before: Properties) -> Properties:
        """Return the values that take back the properties set before."""
        return {name: value for name, value in self.unset.items() if name in before}

    @contextmanager
    def missing_is_fine(self) -> Iterator[None]:
        """End the block when the resource that it would change is not there."""
        try:
            yield
        except AwsError as error:
            if error.code not in self.missing or self.missing_text not in error.message:
                raise

    def _check(self, properties: Properties) -> None:
        Members(self.honoured, empty_counts=True).check(properties, self.name, "ValidationError")

    def _refuse_existing(self, context: Context, read: ReadRequest) -> None:
        """Raise an error for a resource that is there already; it is local_aws that asks, not the stack's role."""
        with self.missing_is_fine():
            if read.finds(context):
                names = ", ".join(f"{member} {value}" for member, value in read.request.items())
                raise AwsError(
                    "AlreadyExists", f"{names} exists already, and not in this stack; choose another name or delete it"
                )

    def _retag(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        old, new = self.tags_of(before), self.tags_of(after)
        if self.tag_form is None or old == new:
            return
        put = {key: value for key, value in new.items() if old.get(key) != value}
        removed = [key for key in old if key not in new]
        resource = {self.tag_form.resource: self.arn(context, physical_id)}
        tag, untag = self.tag_operations
        if put:
            self.send(context, tag, {**resource, self.tag_form.tags: self.tag_form.write(put)})
        if removed:
            self.send(context, untag, {**resource, self.tag_form.keys: removed})


def changed_attributes(defaults: Mapping[str, str], after: Properties, before: Properties) -> dict[str, str]:
    """Return the attributes that differ, as text; those no longer set have their default."""
    return {
        name: text_of(after.get(name, default))
        for name, default in defaults.items()
        if before.get(name) != after.get(name)
    }


@contextmanager
def undone_by(undo: Callable[[], Any]) -> Iterator[None]:
    """Undo what was created when a later step, in the block, is refused: the stack has no record of it yet."""
    try:
        yield
    except AwsError:
        undo()
        raise
