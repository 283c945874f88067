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
        """The temporary views, by name. Those that SQL commands make are known to the worker alone."""
        _default(dbName)
        if self._session._commands:
            raise UnsupportedOperation.of("Catalog.listTables after SQL commands")
        if pattern is not None:
            from fnmatch import fnmatchcase
        return [Table(name, None, [], None, "TEMPORARY", True)
                for key, (name, _) in sorted(self._session._views.items())
                if pattern is None or fnmatchcase(key, pattern.lower())]

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
            raise AnalysisException("[SCHEMA_NOT_FOUND] The schema `%s` cannot be found." % dbName)


def _default(database):
    """Refuses a database by name: there are temporary views, and no tables."""
    if database is not None and database.lower() != "default":
        raise UnsupportedOperation.of("the database %s" % database, "there is no table catalog yet")


refuse(Catalog, "createExternalTable createTable databaseExists dropGlobalTempView functionExists getDatabase "
                "getFunction getTable listCatalogs listDatabases listFunctions recoverPartitions registerFunction "
                "setCurrentCatalog", "there is no table catalog yet")
