"""What anybody may read: the registry and a pledge's page."""

from hlom_portal.stub import stub

registry = stub
pledge = stub
