"""The tests of matcalc."""
