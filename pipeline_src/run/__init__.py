"""What every step needs before any science: settings, files, errors, the step command."""
