"""Parts of the live-console benchmark."""
