"""The awsgluedq package of Glue jobs: data quality by rules in DQDL. Written from AWS's public documentation."""
