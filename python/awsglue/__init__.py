"""The awsglue package of Glue jobs, over Tenon's embedded engine. Written from AWS's public documentation."""
