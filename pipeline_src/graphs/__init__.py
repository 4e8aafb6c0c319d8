"""Stage graphs, upsampling, reproducible noise and pair geometry; torch begins here."""
