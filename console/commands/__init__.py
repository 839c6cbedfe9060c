"""The ``playgrounds`` commands: their options and help. What a command needs is imported when it runs."""
