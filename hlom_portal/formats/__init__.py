"""How dates are written where no template says so, the administration above all."""
