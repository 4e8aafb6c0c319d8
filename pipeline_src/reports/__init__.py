"""Tables, figures and the report, from files only."""
