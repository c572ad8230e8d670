"""The board: what people see of orders and cases, and programs as JSON."""
