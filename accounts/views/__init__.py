"""Pages of logging in, of the second factor and of invitations."""
