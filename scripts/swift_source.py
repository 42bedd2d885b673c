"""Just enough reading of Swift source for scripts/arrows: comments and string literals out, imports and types found.

Everything here keeps line numbers: what is taken out leaves its newlines behind.
"""

import re

_STRING_OPENING = re.compile(r'(#*)("""|")')


def stripped(source):
    """The source without comments and string literals; the code of interpolations stays: it names types too."""
    out = []
    _code(source, 0, out, closing=None)
    return "".join(out)


def _code(source, at, out, closing):
    """Copies code from `at` to the parenthesis that closes an interpolation, or to the end; returns where it stopped."""
    depth, end = 0, len(source)
    while at < end:
        character = source[at]
        if source.startswith("//", at):
            stop = source.find("\n", at)
            at = end if stop < 0 else stop
            continue
        if source.startswith("/*", at):
            at = _block_comment(source, at, out)
            continue
        if character in '"#':
            opening = _STRING_OPENING.match(source, at)
            if opening:
                at = _string(source, opening, out)
                continue
        if closing and character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                return at + 1
        out.append(character)
        at += 1
    return at


def _block_comment(source, at, out):
    """Skips a block comment, which may hold others."""
    depth, end = 0, len(source)
    while at < end:
        if source.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif source.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                break
        else:
            if source[at] == "\n":
                out.append("\n")
            at += 1
    out.append(" ")
    return at


def _string(source, opening, out):
    """Skips a literal of any of the forms "..", \"\"\"..\"\"\", #".."#, and copies the code of its interpolations."""
    hashes, quotes = opening.groups()
    end_mark, escape = quotes + hashes, "\\" + hashes
    at, end = opening.end(), len(source)
    out.append('""')
    while at < end:
        if source.startswith(end_mark, at):
            return at + len(end_mark)
        if source.startswith(escape, at):
            at += len(escape)
            if at < end and source[at] == "(":
                out.append(" (")
                at = _code(source, at + 1, out, closing=")")
                out.append(") ")
            elif at < end:
                out.append("\n" if source[at] == "\n" else "")
                at += 1
            continue
        if source[at] == "\n":
            if quotes == '"':
                return at  # not a string after all (a quote in a regular expression, say): lose no more than the line
            out.append("\n")
        at += 1
    return at


_IMPORT = re.compile(
    r"(?:^|;)[ \t]*((?:(?:@\w+(?:\([^)\n]*\))?|public|package|internal|fileprivate|private)\s+)*)"
    r"import\s+(?:(?:struct|class|enum|protocol|actor|typealias|func|let|var)\s+)?([A-Za-z_]\w*)",
    re.MULTILINE)


def imports(text):
    """Each import in stripped text as (line, module, whether it re-exports)."""
    for match in _IMPORT.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(2), "@_exported" in match.group(1)


_TYPE = re.compile(
    r"(?P<brace>[{}])"
    r"|(?P<hidden>\b(?:private|fileprivate)\s+(?:(?:final|indirect|nonisolated|distributed)\s+)*)?"
    r"(?<![\w.`])(?:struct|class|enum|protocol|actor|typealias)\s+(?P<name>[A-Z_]\w*)")


def top_level_types(text):
    """The types that stripped text declares as (name, whether at top level and visible to other files)."""
    depth = 0
    for match in _TYPE.finditer(text):
        if match.group("brace"):
            depth += 1 if match.group("brace") == "{" else -1
        else:
            yield match.group("name"), depth == 0 and not match.group("hidden")


# The qualified `Strata.Header`, but not the member `Layout.Header`; the range `0...Limits.rows` is no member.
_NAME = re.compile(r"(?<![\w`$])(?<!(?<!\.)\.)(?:Strata\s*\.\s*)?([A-Z_]\w*)")


def named_types(text):
    """Each name in stripped text that can be a type's, as (line, name), once a line."""
    line, position, seen = 1, 0, set()
    for match in _NAME.finditer(text):
        line += text.count("\n", position, match.start(1))
        position = match.start(1)
        if (line, match.group(1)) not in seen:
            seen.add((line, match.group(1)))
            yield line, match.group(1)
