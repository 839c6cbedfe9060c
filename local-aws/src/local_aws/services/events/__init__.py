"""Amazon EventBridge: rules on the default bus, whose targets really get the events."""

from local_aws.services.events.operations import build as build
