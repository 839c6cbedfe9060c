"""The services, a package each, named as boto3 names them."""
