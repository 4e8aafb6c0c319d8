"""Rows of Parquet files of a known schema, a group at a time, written atomically."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline_src.run.errors import OTHER_VERSION, InputError
from pipeline_src.run.files import replacing

ROWS_PER_GROUP = 256
KEY = "molecule"  # the column that names a row


def write_parquet_rows(path: Path, schema: pa.Schema, rows: Iterable[dict]) -> int:
    """Write one file atomically, streaming; returns the number of rows."""
    count, group = 0, []
    with replacing(path) as temporary, pq.ParquetWriter(
            temporary, schema, compression="zstd") as writer:
        for row in rows:
            group.append(row)
            count += 1
            if len(group) == ROWS_PER_GROUP:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                group = []
        writer.write_table(pa.Table.from_pylist(group, schema=schema))
    return count


def read_parquet_rows(path: Path, schema: pa.Schema, wanted: Collection[str] | None = None,
                      skip: int = 0) -> Iterator[dict]:
    """Yield the rows of a file or of every ``*.parquet`` of a folder, in order.

    Args:
        path: file or folder.
        schema: the columns and types it must have.
        wanted: names of the rows to read; groups that hold none are not decoded.
        skip: rows to leave out at the start; whole groups of them are not decoded either.

    Raises:
        InputError: a file is missing, unreadable or has another schema.
    """
    names = None if wanted is None else pa.array(sorted(wanted), pa.string())
    for file, opened in _opened(Path(path), schema):
        for group in range(opened.num_row_groups):
            n_rows = opened.metadata.row_group(group).num_rows
            if skip >= n_rows or names is not None and not _holds(opened, file, group, names):
                skip = max(0, skip - n_rows)
                continue
            for batch in _batches(opened, file, group):
                left_out, skip = min(skip, len(batch)), max(0, skip - len(batch))
                batch = batch.slice(left_out)
                if names is not None:
                    batch = batch.filter(pc.is_in(batch[KEY], value_set=names))
                yield from batch.to_pylist()


def read_names(path: Path, schema: pa.Schema) -> list[str]:
    """The names of all rows, in order; raises as ``read_parquet_rows``."""
    return [name for name, in read_texts(path, schema, (KEY,))]


def read_texts(path: Path, schema: pa.Schema, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield these text columns of all rows, in order; raises as ``read_parquet_rows``."""
    for file, opened in _opened(Path(path), schema):
        for group in range(opened.num_row_groups):
            for batch in _batches(opened, file, group, list(columns)):
                yield from zip(*(batch[column].to_pylist() for column in columns), strict=True)


def _opened(path: Path, schema: pa.Schema) -> Iterator[tuple[Path, pq.ParquetFile]]:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise InputError(str(path), "a folder without *.parquet", "Parquet parts")
    for file in files:
        try:
            opened = pq.ParquetFile(file)
        except (OSError, pa.ArrowException) as error:
            raise InputError(str(file), f"{type(error).__name__}: {error}",
                             "a readable Parquet file") from None
        with opened:
            if not opened.schema_arrow.equals(schema):
                raise InputError(str(file), opened.schema_arrow.names,
                                 f"the columns and types {schema.names}", OTHER_VERSION)
            yield file, opened


def _holds(opened: pq.ParquetFile, file: Path, group: int, names: pa.Array) -> bool:
    """Whether a group has a row of one of these names."""
    return any(pc.any(pc.is_in(batch[KEY], value_set=names)).as_py()
               for batch in _batches(opened, file, group, [KEY]))


def _batches(opened: pq.ParquetFile, file: Path, group: int,
             columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    try:
        yield from opened.iter_batches(batch_size=ROWS_PER_GROUP, row_groups=[group],
                                       columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise InputError(str(file), f"{type(error).__name__}: {error}",
                         "a whole Parquet file", "Delete it and run again.") from None
