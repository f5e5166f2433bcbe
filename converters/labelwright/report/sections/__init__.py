"""What each section of the page shows, as plain values that its template draws."""
