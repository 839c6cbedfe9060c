"""What stands behind endpoints: fleets of model servers, traffic between them, rollouts, metrics and data capture."""
