"""What a shell evaluates when there is no local_aws; when there is one, it evaluates what local_aws prints."""

NOWHERE = (
    "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "
    "$(env | sed -n 's/^\\(AWS_ENDPOINT_URL_[A-Za-z0-9_]*\\)=.*/\\1/p')\n"
    "export AWS_ENDPOINT_URL=http://127.0.0.1:1; false\n"
)
"""Points a shell at nothing: else it would go on with whatever account it had before. As local_aws prints it."""
