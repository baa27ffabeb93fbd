"""What readers get: the site, its downloads, and pages that stand alone."""
