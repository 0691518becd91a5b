"""What a reminder mail links to."""

from hlom_portal.stub import stub

stop = stub
