"""CloudFormation: stacks and change sets whose resources are really made, changed and removed, or roll back."""
