"""The page of ``playgrounds console``: a server on loopback that shows a deployment and acts on it."""
