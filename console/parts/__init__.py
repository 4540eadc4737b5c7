"""What pages are built from on the server's side."""
