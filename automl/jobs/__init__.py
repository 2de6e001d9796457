"""What a worker is asked to do: pre-flight, a trial, the final evaluation."""
