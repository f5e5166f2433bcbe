"""Templates: loading them, and rendering resolved items to training examples."""
