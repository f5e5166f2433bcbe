"""What is kept between runs: cursors, manifests, versions, splits, pseudonyms."""
