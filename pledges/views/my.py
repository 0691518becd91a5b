"""What a person reports for."""

from hlom_portal.stub import stub

overview = stub
