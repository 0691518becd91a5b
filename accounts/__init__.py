"""People, the stakeholders they report for, and who may act for whom."""
