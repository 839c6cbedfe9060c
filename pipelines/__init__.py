"""SageMaker pipeline definitions, the code they refer to, and the commands that print and run them.

Importing the package costs nothing: only the modules that build a definition import the SageMaker SDK.
"""
