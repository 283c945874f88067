"""awsglue.job.Job: without bookmarks, which a comparison has none of."""


class Job:
    """init and commit do nothing but remember that they were called."""

    _initialized = False

    def __init__(self, glue_context):
        self._glue_context = glue_context

    @classmethod
    def isInitialized(cls):
        return cls._initialized

    def init(self, job_name, args=None):
        Job._initialized = True

    def commit(self):
        """There is no bookmark."""
