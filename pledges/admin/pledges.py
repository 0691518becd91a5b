"""Pledges and the small tables beside them."""
