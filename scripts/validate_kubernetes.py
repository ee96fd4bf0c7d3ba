"""Holds Kubernetes objects (a JSON list, the first argument) against the published schema; prints what is wrong with each."""

import json
import sys

import kubernetes_validate

VERSION = "1.33"  # the first in which backoffLimitPerIndex is stable


def problem(document):
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error)
    return None


print(json.dumps([{"kind": one["kind"], "problem": problem(one)} for one in json.loads(sys.argv[1])]))
