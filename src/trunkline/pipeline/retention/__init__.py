"""What goes when its time is over, and what it must outlive.

Data files go some days after their publication, dead letters some days after they were written. Segments, and what runs left
beside them, go last: as long as a run to come, the rebuilding of a listed file or the replay of a dead letter may look back at
them, they stay.
"""
