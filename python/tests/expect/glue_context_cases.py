"""Sources, sinks and collections of GlueContext. By hand, after AWS's documentation."""
from awsglue.dataframe_transforms import ApplyMapping as DataFrameMapping
from awsglue.dynamicframe import DynamicFrameCollection
from awsglue.transforms import DropFields, FlatMap, MapToCollection, SelectFromCollection
from tests.expect.glue_cases import _equal, _frame, _read, _same


def sinks_by_parts(x):
    """getSink, setFormat, setCatalogInfo and writeFrame, as scripts of Glue Studio have them: the files are written."""
    sink = x.glue.getSink(path=x.url("out"), connection_type="s3", updateBehavior="UPDATE_IN_DATABASE", partitionKeys=["p"],
                          enableUpdateCatalog=True, transformation_ctx="sink")
    sink.setCatalogInfo(catalogDatabase="db", catalogTableName="t")
    sink.setFormat("json")
    frame = _frame(x, "select 1 a, 'x' p")
    yield _equal(sink.writeFrame(frame) is frame, True)
    yield _equal(x.files("out"), {"p=x/PART": ['{"a":1}\n']})


def sinks_of_dataframes(x):
    """writeDataFrame takes a DataFrame; write a DynamicFrame."""
    sink = x.glue.getSink("s3", path=x.url("out"))
    sink.setFormat("csv", separator="|")
    sink.writeDataFrame(x.rows("select 1 a, 'b' b"), x.glue)
    sink.write(_frame(x, "select 2 a, 'c' b"))
    yield _equal(x.files("out"), {"PART": ["a|b\n1|b\n", "a|b\n2|c\n"]})


def sinks_of_collections(x):
    """Where each frame would go is not documented."""
    frames = DynamicFrameCollection({"a": _frame(x, "select 1 a")}, x.glue)
    yield x.glue.getSink("s3", path=x.url("out")).write(frames)


def frames_write_themselves(x):
    """DynamicFrame.write."""
    _frame(x, "select 1 a").write("s3", {"path": x.url("out")}, "json")
    yield _equal(x.files("out"), {"PART": ['{"a":1}\n']})


def sources_by_parts(x):
    """getSource, setFormat, getFrame, getSampleFrame and getDataFrame."""
    x.file("a.csv", "a\n1\n2\n3\n")
    source = x.glue.getSource("s3", paths=[x.url("a.csv")])
    source.setFormat("csv", withHeader=True)
    yield _same(source.getFrame(), "a string", ("1",), ("2",), ("3",))
    yield _equal(source.getSampleFrame(2).count(), 2)
    yield _equal(source.getDataFrame().count(), 3)


def samples(x):
    """At most num records; the sample_options tell where Glue looks for them."""
    x.file("a.json", '{"a":1}\n{"a":2}\n')
    for num, count in ((1, 1), (5, 2), (None, 2)):
        frame = x.glue.create_sample_dynamic_frame_from_options(
            "s3", {"paths": [x.url("a.json")]}, num, {"maxSamplePartitions": 1}, format="json")
        yield _equal(frame.count(), count)


def samples_by_seconds(x):
    """An option that is not documented."""
    yield x.glue.create_sample_dynamic_frame_from_options("s3", {"paths": [x.url("a")]}, 1, {"nope": 1}, format="json")


def collections(x):
    """select, map and flatmap of frames by name."""
    frames = DynamicFrameCollection({"a": _frame(x, "select 1 a, 2 b"), "b": _frame(x, "select 3 a")}, x.glue)
    yield _equal((sorted(frames.keys()), len(frames.values()), len(frames)), (["a", "b"], 2, 2))
    yield _same(SelectFromCollection.apply(frames, "b"), "a int", (3,))
    mapped = MapToCollection.apply(frames, lambda frame, ctx: frame.rename_field("a", "z"))
    yield _same(mapped["a"], "z int, b int", (1, 2))
    flat = FlatMap.apply(frames, DropFields, "frame", paths=["b"])
    yield _same(flat["a"], "a int", (1,))


def dataframes_as_glue_reads_them(x):
    """create_data_frame.from_options has Glue's reader semantics."""
    x.file("a.csv", "a,b\n1,\n")
    frame = x.glue.create_data_frame.from_options("s3", {"paths": [x.url("a.csv")]}, "csv", {"withHeader": True})
    yield _same(frame, "a string, b string", ("1", ""))


def transforms_of_dataframes(x):
    """There by name alone."""
    yield DataFrameMapping.apply(x.rows("select 1 a"), [("a", "int", "b", "int")])


def a_catalog_source(x):
    """A refusal that says what to do."""
    yield x.glue.create_data_frame.from_catalog(database="d", table_name="t")


def storage_classes(x):
    """Objects here have none."""
    yield x.glue.transition_s3_path(x.url("a"), "GLACIER")


def the_frame_s_own_schema(x):
    """with_frame_schema takes the schema that the frame has."""
    frame = _read(x, "json", [x.file("a.json", '{"a":1}\n') and "a.json"])
    yield _same(frame.with_frame_schema(frame.schema()), "a int", (1,))
