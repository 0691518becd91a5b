"""Whether the portal lives, and whether it does its work."""

from hlom_portal.stub import stub

live = stub
ready = stub
