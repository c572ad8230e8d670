"""How do order files come in? `dingdan import`: a CSV file and a map of its columns."""
