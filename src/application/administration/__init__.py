"""What those who run the service do and see."""
