"""Keys that S3 takes and that file systems, URLs, XML and Hadoop each read in their own way."""

from __future__ import annotations

ODD_KEYS = (
    *("a", "a?v=2", "a?x=1", "a/b", "a//b", "a/", "a/./b", "a/../b", "A", "á", "a\u0301"),
    *(" ", " a", "a ", "a b", "a+b", "a%b", "a%20b", "a%2Fb", "a%252Fb", "a%25", "%", "%zz"),
    *("a#b", "a&b", "a;b", "a=b", "a'b", 'a"b', "a\\b", "a|b", "a<b>", "a^b", "a`b", "a{b}", "a[b]", "a~b", "a*b"),
    *("a,b", "a:b", "a@b", "a$b", "a!b", "(a)"),
    *(".", "..", "...", "./a", "../a", "../../../../../etc/passwd", "/", "//", "/a", "//a", "a//", "folder/"),
    *("a\nb", "a\rb", "a\r\nb", "a\tb", "a\x01b", "a\x1fb", "a\x7fb", "a\x00b", "a\x85b", "a\u2028b", "a\ufeffb"),
    *("😀", "😀/😀", "日本/語", "ünï/cödé key+=.txt", "\U0010ffff", "\ud7ff\ue000", "\uffff", "a\u202eb"),
    *("x" * 255, "x" * 256, "x" * 1024, "ü" * 512, "d/" * 511 + "f"),
    *("file", "file/below", "file/below/it", "dir/below", "dir"),
    *("hour=10%3A00/f", "hour=10:00/f", "name=a b/f", "q?x=1", "q", "versionId=1", "k?versionId=null", "k"),
    *(".part.crc", "data.crc", "_temporary/0/x", "_SUCCESS", ".hidden", "uploads", "k?uploads", "k?tagging"),
)
"""More than 60, and each with neighbours that a wrong reading would touch."""
