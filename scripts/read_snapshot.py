#!/usr/bin/env python3
"""Reads a Strata snapshot with nothing but its description (Sources/Strata/Strata.docc/DataFile.md).

    read_snapshot.py FILE [ID]

Prints the counts, and the entity with this id or name (without ID: the first one), as JSON. The reader shares no
code with Strata, so that it proves the description. It does not compute the checksums.
"""

import bisect
import json
import mmap
import struct
import sys

ABSENT = 0xFFFFFFFF
KINDS = [
    "entities", "out_offsets", "out_relationships", "in_offsets", "in_relationships", "entity_types",
    "relationship_types", "string_offsets", "string_bytes", "properties", "names", "name_index", "value_pairs",
    "value_offsets", "value_positions", "embeddings", "embedding_positions", "wide", "checksums",
]
HAS_EMBEDDING, HAS_NAME, WIDE_DEGREE, WIDE_TYPE_ID, WIDE_PROPERTY_SIZE, WIDE_PROPERTY_OFFSET = (1 << b for b in range(6))
DENSE_IDS = 1


class Rows:
    """A section as a sequence of records."""

    def __init__(self, data, record, offset, count):
        self.data, self.record, self.offset, self.count = data, struct.Struct("<" + record), offset, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(index)
        values = self.record.unpack_from(self.data, self.offset + index * self.record.size)
        return values if len(values) > 1 else values[0]


class Snapshot:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, version, _, _, _, total = struct.unpack_from("<8sIIIIQ", self.data)
        if magic != b"STRATA01" or version != 1:
            raise ValueError("this is not a Strata snapshot of version 1")
        if total != len(self.data):
            raise ValueError(f"the file has {len(self.data)} bytes, and its header says {total}")
        count, size = struct.unpack_from("<II", self.data, 64)
        self.sections = {}
        for index in range(count):
            kind, _, offset, length, elements, element_size, flags, _ = struct.unpack_from(
                "<IIQQQIIQ", self.data, 72 + index * size)
            if 1 <= kind <= len(KINDS):
                self.sections[KINDS[kind - 1]] = (offset, length, elements, element_size, flags)
        self.dimensions = self.sections["embeddings"][3] // 4
        self.entities = self.rows("entities", "IHHIIHH")
        self.out_offsets, self.out = self.rows("out_offsets", "Q"), self.rows("out_relationships", "II")
        self.in_offsets, self.incoming = self.rows("in_offsets", "Q"), self.rows("in_relationships", "II")
        self.entity_types, self.types = self.rows("entity_types", "I"), self.rows("relationship_types", "I")
        self.string_offsets, self.string_start = self.rows("string_offsets", "Q"), self.sections["string_bytes"][0]
        self.properties = self.rows("properties", "II")
        self.names, self.name_index = self.rows("names", "I"), self.rows("name_index", "I")
        self.wide = self.rows("wide", "IIQ")

    def rows(self, name, record):
        offset, _, count, _, _ = self.sections[name]
        return Rows(self.data, record, offset, count)

    def bytes(self, string):
        start, end = self.string_offsets[string], self.string_offsets[string + 1]
        return self.data[self.string_start + start:self.string_start + end]

    def text(self, string):
        return self.bytes(string).decode()

    def string(self, text):
        """The id of a string, by binary search in the dictionary."""
        wanted = text.encode()
        low = bisect.bisect_left(range(len(self.string_offsets) - 1), wanted, key=self.bytes)
        return low if low < len(self.string_offsets) - 1 and self.bytes(low) == wanted else None

    def position(self, key):
        """The position of an entity, given by its name or its id."""
        name = self.string(key)
        if name is not None:
            place = bisect.bisect_left(range(len(self.name_index)), name, key=lambda i: self.names[self.name_index[i]])
            if place < len(self.name_index) and self.names[self.name_index[place]] == name:
                return self.name_index[place]
        if not key.isdigit():
            return None
        if self.sections["entities"][4] & DENSE_IDS:
            return int(key) if int(key) < len(self.entities) else None
        place = bisect.bisect_left(range(len(self.entities)), int(key), key=lambda i: self.entities[i][0])
        return place if place < len(self.entities) and self.entities[place][0] == int(key) else None

    def wide_value(self, position, field):
        place = bisect.bisect_left(range(len(self.wide)), (position, field), key=lambda i: self.wide[i][:2])
        return self.wide[place][2]

    def entity(self, position):
        id, type_id, degree, row, property_offset, property_size, flags = self.entities[position]
        degree = self.wide_value(position, 1) if flags & WIDE_DEGREE else degree
        type_id = self.wide_value(position, 2) if flags & WIDE_TYPE_ID else type_id
        property_size = self.wide_value(position, 3) if flags & WIDE_PROPERTY_SIZE else property_size
        property_offset = self.wide_value(position, 4) if flags & WIDE_PROPERTY_OFFSET else property_offset
        embedding = None
        if flags & HAS_EMBEDDING:
            start = self.sections["embeddings"][0] + row * self.dimensions * 4
            embedding = list(struct.unpack_from(f"<{self.dimensions}f", self.data, start))
        pairs = [self.properties[property_offset + index] for index in range(property_size)]
        return {
            "id": id,
            "name": self.text(self.names[position]) if flags & HAS_NAME else None,
            "type": self.text(self.entity_types[type_id]),
            "degree": degree,
            "properties": [[self.text(key), self.text(value)] for key, value in pairs],
            "outgoing": self.relationships(self.out_offsets, self.out, position),
            "incoming": self.relationships(self.in_offsets, self.incoming, position),
            "embedding": embedding,
        }

    def relationships(self, offsets, rows, position):
        pairs = [rows[index] for index in range(offsets[position], offsets[position + 1])]
        return [[self.text(self.types[type]), self.entities[other][0]] for other, type in pairs]

    def counts(self):
        return {
            "entities": len(self.entities),
            "relationships": len(self.out),
            "strings": len(self.string_offsets) - 1,
            "properties": len(self.properties),
            "embeddings": self.sections["embeddings"][2],
            "dimensions": self.dimensions,
        }


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        snapshot = Snapshot(arguments[0])
    except (OSError, ValueError, struct.error) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    position = 0 if len(snapshot.entities) else None
    if len(arguments) == 2:
        position = snapshot.position(arguments[1])
        if position is None:
            print(f"{arguments[0]}: there is no entity {arguments[1]}", file=sys.stderr)
            return 2
    entity = None if position is None else snapshot.entity(position)
    print(json.dumps({"counts": snapshot.counts(), "entity": entity}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
