"""What is measured and tried on charts, beside the tests: `make bench` and `make samples`."""
