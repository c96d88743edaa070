#!/usr/bin/env python3
"""Holds every manifest in this folder against Kubernetes' published schemas, strictly, in several versions.

Needs the package kubernetes-validate. Prints what it has checked; ends with 1 when one is wrong.
"""
import pathlib
import sys

import kubernetes_validate
import yaml

VERSIONS = ["1.30.0", "1.33.0"]
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
wrong = checked = 0
listed = set(yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"])
files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
for name in listed - files:
    print(f"kustomization.yaml names {name}, which is not there")
    wrong += 1
for name in files - listed - {"secret.yaml"}:
    print(f"{name} is not in kustomization.yaml")
    wrong += 1
for name in sorted(files):
    for document in yaml.safe_load_all((folder / name).read_text()):
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
                checked += 1
            except Exception as error:
                print(f"{name}: {document.get('kind')}: {version}: {getattr(error, 'message', error)}")
                wrong += 1
print(f"{checked} checked, {wrong} wrong")
sys.exit(1 if wrong or not checked else 0)
