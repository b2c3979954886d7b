"""Checks a report's files by the schemas of their formats: schemas.py REPORT SCHEMA ...

REPORT is a .json or .sarif file with a JSON Schema, or an .xml file with an XSD.
"""
import json, sys


def errors(report, schema):
    if report.endswith(".xml"):
        from lxml import etree
        xsd = etree.XMLSchema(etree.parse(schema))
        xsd.validate(etree.parse(report, etree.XMLParser(huge_tree=True)))
        return [str(error) for error in xsd.error_log]
    import jsonschema
    with open(schema) as schema, open(report) as report:
        schema, report = json.load(schema), json.load(report)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    found = kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(report)
    return [f"{error.json_path}: {error.message}"[:500] for error in found]


bad = False
for report, schema in zip(sys.argv[1::2], sys.argv[2::2]):
    found = errors(report, schema)
    print(f"{report}: {len(found)} errors by {schema}", *found[:10], sep="\n  ")
    bad |= bool(found)
sys.exit(bad)
