"""The objects of the stand-in, their versions, and the history from which watches are served."""
import base64
import copy
import datetime
import threading
import uuid

from status import Refusal, expired, not_found


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.objects = {}  # (resource, namespace, name): object
        self.history = []  # (version, resource, type, object)
        self.version = 1
        self.oldest = 0
        self.generation = 0  # raised to break all watches off

    def _record(self, resource, kind, obj):
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        self.history.append((self.version, resource, kind, copy.deepcopy(obj)))
        self.changed.notify_all()

    def create(self, resource, namespace, obj):
        with self.lock:
            name = obj["metadata"]["name"]
            if (resource, namespace, name) in self.objects:
                raise Refusal(409, f'{resource} "{name}" already exists', "AlreadyExists")
            obj = copy.deepcopy(obj)
            obj["metadata"].update(namespace=namespace, uid=str(uuid.uuid4()), creationTimestamp=now())
            if resource == "secrets":
                data = dict(obj.get("data", {}))
                for key, value in obj.pop("stringData", {}).items():
                    data[key] = base64.b64encode(value.encode()).decode()
                obj["data"] = data
            self.objects[(resource, namespace, name)] = obj
            self._record(resource, "ADDED", obj)
            return copy.deepcopy(obj)

    def get(self, resource, namespace, name):
        with self.lock:
            found = self.objects.get((resource, namespace, name))
            if found is None:
                raise not_found(resource, name)
            return copy.deepcopy(found)

    def list(self, resource, namespace, selector):
        with self.lock:
            found = [copy.deepcopy(o) for (r, n, _), o in sorted(self.objects.items())
                     if r == resource and n == namespace and matches(o, selector)]
            return found, self.version

    def change(self, resource, namespace, name, change):
        """Changes an object in place; does nothing when it is gone."""
        with self.lock:
            obj = self.objects.get((resource, namespace, name))
            if obj is None:
                return None
            before = copy.deepcopy(obj)
            change(obj)
            if obj != before:
                self._record(resource, "MODIFIED", obj)
            return copy.deepcopy(obj)

    def remove(self, resource, namespace, name):
        """Takes an object away, and then what belongs to it."""
        with self.lock:
            obj = self.objects.pop((resource, namespace, name), None)
            if obj is None:
                return
            self._record(resource, "DELETED", obj)

    def owned(self, uid):
        with self.lock:
            return [(r, n, o["metadata"]["name"]) for (r, n, _), o in list(self.objects.items())
                    if any(owner["uid"] == uid for owner in o["metadata"].get("ownerReferences", []))]

    def events(self, resource, namespace, selector, version):
        """What has happened to a resource since a version."""
        with self.lock:
            if version < self.oldest:
                raise expired()
            return [(v, t, o) for v, r, t, o in self.history
                    if v > version and r == resource and o["metadata"]["namespace"] == namespace
                    and matches(o, selector)]

    def forget_history(self):
        with self.lock:
            self.version += 1
            self.oldest = self.version
            self.history = []
            self.changed.notify_all()


def matches(obj, selector):
    labels = obj["metadata"].get("labels", {})
    for part in filter(None, selector.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise Refusal(400, f"unable to parse requirement: {part}")
        if labels.get(key) != value:
            return False
    return True
