"""Quality: gates, checks of training files and of templates."""
