"""pyspark.resultiterable: what groupByKey gives for the values of a key."""


class ResultIterable:
    """Values that can be gone through again and again, and counted."""

    def __init__(self, data):
        self.data = data
        self.index = 0
        self.maxindex = len(data)

    def __iter__(self):
        return iter(self.data)

    def __len__(self):
        return len(self.data)
