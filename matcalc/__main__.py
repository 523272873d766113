"""`python -m matcalc`: the command line."""

from matcalc.cli import main

main()
