"""AWS CodeBuild projects as records: no build runs here, and StartBuild is refused."""

from local_aws.services.codebuild.operations import build as build
