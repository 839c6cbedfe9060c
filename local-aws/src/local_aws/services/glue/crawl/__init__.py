"""What a crawler does: list files, recognise their format and schema, group them into tables, write the catalog."""
