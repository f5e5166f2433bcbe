"""Takes deliveries in: believed, understood, written down, then answered."""
