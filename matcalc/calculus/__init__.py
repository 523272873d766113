"""The differential as a linear map, pulled back to a gradient or read as a Jacobian; the record of the steps."""
