"""Reads a file of FIRDS with lxml: a dictionary for each record, with the values of the paths it is told.

    python3 lxml-parse.py file.xml fields.json

`fields.json` says which records there are and under which name each path is kept; see firds/input.mjs.
"""

import json
import sys

from lxml import etree

RECORDS = ("RefData", "NewRcrd", "ModfdRcrd", "TermntdRcrd", "CancRcrd", "CxlData")


def main(xml_path, fields_path):
    with open(fields_path, encoding="utf-8") as file:
        fields = json.load(file)
    # Only a few paths have attributes, and to ask for them costs as much as the text.
    attributes_of = {}
    for path, name in fields.items():
        element_path, has_attribute, attribute = path.partition("/@")
        if has_attribute:
            attributes_of.setdefault(element_path, []).append((attribute, name))
    local_names = {}

    def local_name(tag):
        name = local_names.get(tag)
        if name is None:
            name = local_names[tag] = tag.rpartition("}")[2]
        return name

    def collect(element, prefix, record):
        for child in element:
            path = prefix + local_name(child.tag)
            if len(child):
                collect(child, path + "/", record)
            else:
                name = fields.get(path)
                if name is not None:
                    record[name] = child.text
            for attribute, name in attributes_of.get(path, ()):
                value = child.get(attribute)
                if value is not None:
                    record[name] = value

    records = 0
    values = 0
    for _, element in etree.iterparse(xml_path, tag=["{*}" + name for name in RECORDS]):
        record = {"action": local_name(element.tag)}
        collect(element, "", record)
        records += 1
        values += len(record) - 1
        # What was read stays in the tree until it is taken out of it: the record, and the elements before its own.
        element.clear()
        for done in (element, element.getparent()):
            parent = done.getparent()
            while parent is not None and done.getprevious() is not None:
                del parent[0]
    print(json.dumps({"records": records, "values": values}))


main(*sys.argv[1:])
