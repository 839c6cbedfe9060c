"""What every service stands on: records, errors, who calls, events and child processes."""
