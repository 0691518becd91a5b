"""Speed as ratios beside named baselines of the same run; never imported by the portal."""
