"""What happens beside the training: pictures, speed, a clean stop."""
