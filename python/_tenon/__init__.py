"""What the awsglue and pyspark packages share: the connection to the worker, plan messages, values, refusals.

A script never imports this. The data itself stays in the worker; here are only frame numbers, schemas and the
messages of the generated module plan.
"""
