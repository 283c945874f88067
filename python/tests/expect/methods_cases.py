"""The methods of DataFrame, Column, GroupedData and the session, as scripts call them."""
