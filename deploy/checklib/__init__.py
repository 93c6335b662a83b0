"""What deploy/checks/manifests checks, one kind of file per module."""
