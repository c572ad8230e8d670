"""What a user would pick instead, each as a program of its own."""
