"""What an operation does with its request: the members it honours, its checks and its pages."""
