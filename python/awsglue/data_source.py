"""awsglue.data_source.DataSource: what GlueContext.getSource returns."""


class DataSource:
    """A source being described; getFrame reads it."""

    def __init__(self, glue_context, connection_type, options, transformation_ctx, push_down_predicate):
        self._glue_context = glue_context
        self._connection_type = connection_type
        self._options = options
        self._ctx = transformation_ctx
        self._predicate = push_down_predicate
        self._format, self._format_options = None, {}

    def setFormat(self, format, **options):
        self._format, self._format_options = format, options

    def getFrame(self, **options):
        """The DynamicFrame."""
        return self._glue_context.create_dynamic_frame_from_options(
            self._connection_type, {**self._options, **options}, self._format, self._format_options, self._ctx,
            self._predicate)

    def getSampleFrame(self, num=None, sample_options=None, **options):
        """The first num records as a DynamicFrame."""
        return self._glue_context.create_sample_dynamic_frame_from_options(
            self._connection_type, {**self._options, **options}, num, sample_options, self._format,
            self._format_options, self._ctx, self._predicate)

    def getDataFrame(self, **options):
        return self.getFrame(**options).toDF()
