"""Files below a folder or in a zip, and folders that are being filled."""
