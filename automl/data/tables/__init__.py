"""Tables: read a chunk at a time, their columns judged, their rows encoded once."""
