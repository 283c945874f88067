"""What GlueContext does with the JDBC connections of Glue."""
from _tenon import plan
from _tenon.connection import call


def extract_jdbc_conf(glue_context, connection_name, catalog_id=None):
    """A connection's properties, under the names that Glue gives them: url has no database, fullUrl has it."""
    properties = call(plan.OP_CONNECTION, {"name": connection_name})["properties"] or {}
    full = properties.get("JDBC_CONNECTION_URL", "")
    head, _, rest = full.partition("://")
    host, _, _ = rest.partition("/")
    return {"enforceSSL": properties.get("JDBC_ENFORCE_SSL", "false"), "fullUrl": full,
            "skipCustomJDBCCertValidation": properties.get("SKIP_CUSTOM_JDBC_CERT_VALIDATION", "false"),
            "customJDBCCert": properties.get("CUSTOM_JDBC_CERT", ""),
            "customJDBCCertString": properties.get("CUSTOM_JDBC_CERT_STRING", ""),
            "url": head + "://" + host if host else full, "user": properties.get("USERNAME", ""),
            "password": properties.get("PASSWORD", ""), "vendor": full[len("jdbc:"):].partition(":")[0]}


def write_dynamic_frame_from_jdbc_conf(glue_context, frame, catalog_connection, connection_options=None,
                                       redshift_tmp_dir="", transformation_ctx="", catalog_id=None):
    """Appends a frame to the table dbtable of the connection's database, or of connection_options' database."""
    options = dict(connection_options or {}, connectionName=catalog_connection)
    return glue_context.write_dynamic_frame_from_options(frame, "jdbc", options,
                                                         transformation_ctx=transformation_ctx)


def write_from_jdbc_conf(glue_context, frame_or_dfc, catalog_connection, connection_options=None,
                         redshift_tmp_dir="", transformation_ctx="", catalog_id=None):
    return write_dynamic_frame_from_jdbc_conf(glue_context, frame_or_dfc, catalog_connection, connection_options,
                                              redshift_tmp_dir, transformation_ctx)
