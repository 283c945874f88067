"""awsglue.job.Job: the beginning and the end of a run, as far as bookmarks are concerned."""
from _tenon import plan
from _tenon.connection import call


class Job:
    """init names the job and its arguments; commit makes the bookmark durable."""

    _initialized = False

    def __init__(self, glue_context):
        self._glue_context = glue_context

    @classmethod
    def isInitialized(cls):
        """Whether init was called in this process."""
        return cls._initialized

    def init(self, job_name, args=None):
        """Begins the job. args is what getResolvedOptions returned; a value of None is left out."""
        texts = {str(key): str(value) for key, value in (args or {}).items() if value is not None}
        call(plan.OP_JOB_INIT, {"name": job_name, "args": texts})
        Job._initialized = True

    def commit(self):
        """Returns once the bookmark of every source with a transformation_ctx is durable."""
        call(plan.OP_JOB_COMMIT)

    @classmethod
    def job_bookmark_options(cls):
        return ["--job-bookmark-option", "--job-bookmark-from", "--job-bookmark-to"]
