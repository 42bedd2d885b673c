#!/usr/bin/env python3
"""Reads a Strata snapshot with nothing but its description (Sources/Strata/Strata.docc/DataFile.md).

    read_snapshot.py FILE [ID | --all]

Deltas over the snapshot (FILE.delta-1, ...) are read too, as Sources/Strata/Strata.docc/DeltaFile.md says. Prints the
counts, and the entity with this id or name (without ID: the first one), or all entities, as JSON. The reader
shares no code with Strata, so that it proves the description. It does not compute the checksums.
"""

import bisect
import json
import mmap
import os
import re
import struct
import sys

ABSENT = 0xFFFFFFFF
KINDS = [
    "entities", "out_offsets", "out_relationships", "in_offsets", "in_relationships", "entity_types",
    "relationship_types", "string_offsets", "string_bytes", "properties", "names", "name_index", "value_pairs",
    "value_offsets", "value_positions", "embeddings", "embedding_positions", "wide", "checksums", "property_keys",
    "symbol_table",
]
HAS_EMBEDDING, HAS_NAME, WIDE_DEGREE, WIDE_TYPE_ID, WIDE_PROPERTY_SIZE, WIDE_PROPERTY_OFFSET = (1 << b for b in range(6))
DENSE_IDS, FRONT_CODED, SYMBOL_CODED = (1 << b for b in range(3))
BLOCK = 16
ESCAPE = 255
DELTA_BLOCK, DELTA_PAYLOAD = 65536, 4096


class Delta:
    """What changed since the state before it."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.path = path
        magic, version, count, self.parent, self.parent_size, self.result, self.size, start, _ = struct.unpack_from(
            "<8sIIQQQQQQ", self.data)
        if magic != b"STRATAD1" or version != 1:
            raise ValueError(f"{path}: this is not a delta of version 1")
        self.extents = [struct.unpack_from("<QQ", self.data, start + 16 * index) for index in range(count)]

    def apply(self, state):
        """The state that comes of another one."""
        result, place = bytearray(state[:self.size].ljust(self.size, b"\0")), DELTA_PAYLOAD
        for first, count in self.extents:
            start, end = first * DELTA_BLOCK, min((first + count) * DELTA_BLOCK, self.size)
            result[start:end] = self.data[place:place + end - start]
            place += end - start
        return bytes(result)


def chained(path):
    """The bytes of a snapshot with its deltas laid over it."""
    with open(path, "rb") as file:
        state = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    folder, name = os.path.split(path)
    found = [re.fullmatch(re.escape(name) + r"\.delta-([1-9][0-9]*)", entry) for entry in os.listdir(folder or ".")]
    deltas = [Delta(f"{path}.delta-{number}") for number in sorted(int(match[1]) for match in found if match)]
    # Those that lead to what the base is were folded into it.
    checksum = struct.unpack_from("<Q", state, 56)[0] if len(state) >= 64 else None
    folded = [index for index, delta in enumerate(deltas) if delta.result == checksum]
    for delta in deltas[folded[-1] + 1 if folded else 0:]:
        if (delta.parent, delta.parent_size) != (struct.unpack_from("<Q", state, 56)[0], len(state)):
            raise ValueError(f"{delta.path} belongs over another snapshot")
        state = delta.apply(state)
    return state


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


class Numbers:
    """A section of numbers that have 1 to 8 bytes each."""

    def __init__(self, data, offset, count, size):
        self.data, self.offset, self.count, self.size = data, offset, count, size

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(index)
        start = self.offset + index * self.size
        return int.from_bytes(self.data[start:start + self.size], "little")


class Pairs:
    """A section of numbers that hold two indices each."""

    def __init__(self, numbers, low_bits):
        self.numbers, self.low_bits = numbers, low_bits

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        """The lower index, and the upper one."""
        number = self.numbers[index]
        return number & (1 << self.low_bits) - 1, number >> self.low_bits


class Snapshot:
    def __init__(self, path):
        self.data = chained(path)
        magic, self.version, _, _, _, total = struct.unpack_from("<8sIIIIQ", self.data)
        if magic != b"STRATA01" or self.version not in (1, 2):
            raise ValueError("this is not a Strata snapshot of version 1 or 2")
        if total != len(self.data):
            raise ValueError(f"the file has {len(self.data)} bytes, and its header says {total}")
        count, size = struct.unpack_from("<II", self.data, 64)
        self.sections = {}
        for index in range(count):
            kind, _, offset, length, elements, element_size, flags, parameter = struct.unpack_from(
                "<IIQQQIIQ", self.data, 72 + index * size)
            if 1 <= kind <= len(KINDS):
                self.sections[KINDS[kind - 1]] = (
                    offset, length, elements, element_size, flags, parameter)
        self.dimensions = self.sections["embeddings"][3] // 4
        self.entities = self.rows("entities", "IHHIIHH")
        self.out_offsets, self.out = self.numbers("out_offsets"), self.pairs("out_relationships")
        self.in_offsets, self.incoming = self.numbers("in_offsets"), self.pairs("in_relationships")
        self.entity_types, self.types = self.rows("entity_types", "I"), self.rows("relationship_types", "I")
        self.string_offsets, self.string_start = self.numbers("string_offsets"), self.sections["string_bytes"][0]
        self.is_coded = self.sections["string_bytes"][4] & FRONT_CODED
        self.string_count = self.sections["string_offsets"][5] if self.is_coded else len(self.string_offsets) - 1
        self.symbols = self.symbol_table() if self.sections["string_bytes"][4] & SYMBOL_CODED else []
        self.properties = self.pairs("properties")
        self.property_keys = self.rows("property_keys", "I") if self.version > 1 else None
        self.names, self.name_index = self.rows("names", "I"), self.rows("name_index", "I")
        self.wide = self.rows("wide", "IIQ")

    def rows(self, name, record):
        offset, _, count, _, _, _ = self.sections[name]
        return Rows(self.data, record, offset, count)

    def numbers(self, name):
        offset, _, count, size, _, _ = self.sections[name]
        return Numbers(self.data, offset, count, size)

    def pairs(self, name):
        """In version 1 two numbers of 32 bits, the first one lower."""
        return Pairs(self.numbers(name), 32 if self.version == 1 else self.sections[name][5])

    def property(self, index):
        """A property as two strings. In version 1 the key is the lower one, and a string id itself."""
        low, high = self.properties[index]
        key, value = (low, high) if self.version == 1 else (self.property_keys[high], low)
        return [self.text(key), self.text(value)]

    def bytes(self, string):
        if self.is_coded:
            return self.block(string // BLOCK)[string % BLOCK]
        start, end = self.string_offsets[string], self.string_offsets[string + 1]
        return self.data[self.string_start + start:self.string_start + end]

    def symbol_table(self):
        start, length = self.sections["symbol_table"][:2]
        table = self.data[start:start + length]
        place, symbols = 1 + table[0], []
        for length in table[1:place]:
            symbols.append(table[place:place + length])
            place += length
        return symbols

    def block(self, index):
        """All strings of a block: each shares some bytes with the one before it, the rest of it is stored."""
        start, end = self.string_offsets[index], self.string_offsets[index + 1]
        block = self.data[self.string_start + start:self.string_start + end]
        count, width = (block[0] & 15) + 1, 1 << (block[0] >> 4 & 3)
        lengths = [int.from_bytes(block[BLOCK + i * width:BLOCK + (i + 1) * width], "little") for i in range(BLOCK)]
        place, strings = BLOCK + BLOCK * width, []
        for i in range(count):
            rest = block[place:place + lengths[i]]
            place += lengths[i]
            shared = strings[-1][:block[i]] if i > 0 else b""
            strings.append(shared + (self.decoded(rest) if block[0] & 0x80 else rest))
        return strings

    def decoded(self, code):
        codes, text = iter(code), bytearray()
        for byte in codes:
            text += bytes([next(codes)]) if byte == ESCAPE else self.symbols[byte]
        return bytes(text)

    def text(self, string):
        return self.bytes(string).decode()

    def string(self, text):
        """The id of a string, by binary search in the dictionary."""
        wanted = text.encode()
        low = bisect.bisect_left(range(self.string_count), wanted, key=self.bytes)
        return low if low < self.string_count and self.bytes(low) == wanted else None

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
        return {
            "id": id,
            "name": self.text(self.names[position]) if flags & HAS_NAME else None,
            "type": self.text(self.entity_types[type_id]),
            "degree": degree,
            "properties": [self.property(property_offset + index) for index in range(property_size)],
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
            "strings": self.string_count,
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
    if arguments[1:] == ["--all"]:
        entities = [snapshot.entity(position) for position in range(len(snapshot.entities))]
        print(json.dumps({"counts": snapshot.counts(), "entities": entities}, ensure_ascii=False, indent=1))
        return 0
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
