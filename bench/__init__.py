"""What the service costs: a load generator of its own, a population by the million, and the floors under every figure."""
