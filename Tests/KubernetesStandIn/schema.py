"""Holds objects against Kubernetes' published schemas (strictly: unknown fields are errors) and naming rules."""
import re

import kubernetes_validate
from status import Refusal

VERSION = "1.33.0"
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
ENVIRONMENT_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def check(obj, kind, api_version, namespace):
    if obj.get("kind") != kind or obj.get("apiVersion") != api_version:
        raise Refusal(400, f"expected {api_version} {kind}, got {obj.get('apiVersion')} {obj.get('kind')}")
    try:
        kubernetes_validate.validate(obj, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(part) for part in error.path)
        raise Refusal(422, f"{kind} is invalid: {path}: {error.message}") from None
    metadata = obj.get("metadata", {})
    name = metadata.get("name", "")
    if not NAME.fullmatch(name) or len(name) > 253:
        raise Refusal(422, f'metadata.name: Invalid value: "{name}"')
    if kind == "Job" and len(name) > 63:
        raise Refusal(422, "metadata.name: must be no more than 63 characters")
    if metadata.get("namespace", namespace) != namespace:
        raise Refusal(400, "the namespace of the object does not match that of the request")
    labels(metadata.get("labels", {}))
    if kind == "Job":
        template = obj["spec"]["template"]
        labels(template.get("metadata", {}).get("labels", {}))
        if template["spec"].get("restartPolicy") not in ("Never", "OnFailure"):
            raise Refusal(422, "spec.template.spec.restartPolicy: Required value: valid values: OnFailure, Never")
        restricted(template["spec"])
    if kind == "Secret":
        for key in list(obj.get("data", {})) + list(obj.get("stringData", {})):
            if not ENVIRONMENT_NAME.fullmatch(key):
                raise Refusal(422, f'data[{key}]: Invalid value')
        for owner in metadata.get("ownerReferences", []):
            if not owner.get("uid"):
                raise Refusal(422, "metadata.ownerReferences.uid: must not be empty")


def labels(values):
    for key, value in values.items():
        prefix, _, name = key.rpartition("/")
        if (prefix and not NAME.fullmatch(prefix)) or not LABEL_NAME.fullmatch(name) or len(name) > 63:
            raise Refusal(422, f'metadata.labels: Invalid value: "{key}"')
        if len(value) > 63 or (value and not LABEL_NAME.fullmatch(value)):
            raise Refusal(422, f'metadata.labels: Invalid value: "{value}"')


def restricted(spec):
    """The Pod Security Standard `restricted`, as the namespace of the manifests asks for it."""
    pod = spec.get("securityContext", {})
    if pod.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        raise Refusal(403, 'violates PodSecurity "restricted:latest": seccompProfile')
    for container in spec["containers"]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            raise Refusal(403, 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false')
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            raise Refusal(403, 'violates PodSecurity "restricted:latest": unrestricted capabilities')
        if not own.get("runAsNonRoot", pod.get("runAsNonRoot")):
            raise Refusal(403, 'violates PodSecurity "restricted:latest": runAsNonRoot != true')
