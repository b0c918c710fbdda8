"""The engine on Apache Spark: the same rules as the embedded one, on as many machines as there are. Begin at `engine`.

Spark moves blocks, not events: a range of actors is a partition, what a task needs of a file comes to it as a piece of
Parquet, and what it makes goes on as lines of text. So the rules see the same frames in both engines, and what a row is in Spark
never decides anything.

    look    each segment: compact it; sample its actors; which of them are late
    recall  each index of the days before: sessions near the late ones
    slice   segments, open sessions, indexes, recalled events → pieces by range of actors    ─ shuffle
    settle  a range: bucket by bucket, as in the embedded engine → lines, open, closed        ─ shuffle
    write   a data file, or the state: its lines in order → parts in the store → facts to the driver
"""
