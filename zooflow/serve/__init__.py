"""A run as a web page and a JSON endpoint, for this machine or those that it lets in."""
