"""pyspark.sql.catalog.Catalog: temporary views; tables of a catalog are not served yet."""
from collections import namedtuple

from _tenon.errors import UnsupportedOperation, refuse
from pyspark.errors.exceptions.base import AnalysisException

Table = namedtuple("Table", "name catalog namespace description tableType isTemporary")
Table.database = property(lambda self: self.namespace[0] if len(self.namespace or []) == 1 else None)
Column = namedtuple("Column", "name description dataType nullable isPartition isBucket")
Database = namedtuple("Database", "name catalog description locationUri")


class Catalog:
    """spark.catalog."""

    def __init__(self, session):
        self._session = session

    def currentCatalog(self):
        return "spark_catalog"

    def currentDatabase(self):
        return "default"

    def listTables(self, dbName=None, pattern=None):
        """The temporary views, by name; of global_temp the global ones, too."""
        if dbName is not None and dbName.lower() not in ("default", "global_temp"):
            raise _no_schema(dbName)
        text = "SHOW TABLES"
        if dbName is not None:
            text += " IN `%s`" % dbName
        if pattern is not None:
            text += " LIKE '%s'" % pattern.replace("\\", "\\\\").replace("'", "\\'")
        return [Table(row["tableName"], None, [row["namespace"]] if row["namespace"] else [], None, "TEMPORARY", True)
                for row in self._session.sql(text).collect()]

    def listColumns(self, tableName, dbName=None):
        _default(dbName)
        schema = self._session.table(tableName).schema
        return [Column(f.name, None, f.dataType.simpleString(), f.nullable, False, False) for f in schema.fields]

    def tableExists(self, tableName, dbName=None):
        _default(dbName)
        try:
            self._session.table(tableName)
        except AnalysisException as err:
            if err.getErrorClass() == "TABLE_OR_VIEW_NOT_FOUND":
                return False
            raise
        return True

    def dropTempView(self, viewName):
        """Whether there was such a view."""
        if not self.tableExists(viewName):
            return False
        self._session._views_set(viewName, None, True)
        return True

    def dropGlobalTempView(self, viewName):
        """Whether there was such a view of global_temp."""
        return self.dropTempView("global_temp." + viewName)

    def getTable(self, tableName):
        """What is known of a temporary view."""
        self._session.table(tableName)
        return Table(tableName, None, [], None, "TEMPORARY", True)

    def databaseExists(self, dbName):
        return dbName.lower() in ("default", "spark_catalog.default", "global_temp")

    def setCurrentCatalog(self, catalogName):
        if catalogName != "spark_catalog":
            raise UnsupportedOperation.of("the catalog %s" % catalogName)

    def cacheTable(self, tableName, storageLevel=None):
        self._session.table(tableName).cache()

    def isCached(self, tableName):
        self._session.table(tableName)
        return False

    def uncacheTable(self, tableName):
        """Without effect, as DataFrame.unpersist."""

    def clearCache(self):
        """Without effect, as DataFrame.unpersist."""

    def refreshTable(self, tableName):
        """A source lists its files when it is made: read it again to see new ones."""
        self._session.table(tableName)

    def refreshByPath(self, path):
        """As refreshTable."""

    def setCurrentDatabase(self, dbName):
        if dbName.lower() != "default":
            raise _no_schema(dbName)


def _no_schema(name):
    """The error for a database that is not there."""
    return AnalysisException("[SCHEMA_NOT_FOUND] The schema `%s` cannot be found." % name)


def _default(database):
    """Refuses a database by name: there are temporary views, and no tables."""
    if database is not None and database.lower() != "default":
        raise UnsupportedOperation.of("the database %s" % database, "there is no table catalog yet")


refuse(Catalog, "createExternalTable createTable functionExists getDatabase "
                "getFunction listCatalogs listDatabases listFunctions recoverPartitions registerFunction", "there is no table catalog yet")
