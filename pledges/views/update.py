"""Reporting progress on one pledge."""

from hlom_portal.stub import stub

edit = stub
confirm = stub
receipt = stub
