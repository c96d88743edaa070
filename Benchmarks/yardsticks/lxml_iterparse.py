"""Passes over a document with lxml's iterparse as its tutorial advises for large ones: sections, cleared when read."""

import sys

from lxml import etree

for _, section in etree.iterparse(sys.argv[1], events=("end",), tag="{*}section", huge_tree=True):
    section.clear()
    while section.getprevious() is not None:
        del section.getparent()[0]
