"""The resource types that stacks may hold, one module a service."""
