"""Where studies, trials and models are recorded."""
