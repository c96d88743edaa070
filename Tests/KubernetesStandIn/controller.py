"""What the Job controller and the garbage collector do."""
import random
import string
import threading
import time

from store import now


class Controller:
    def __init__(self, store, kubelet, faults):
        self.store = store
        self.kubelet = kubelet
        self.faults = faults

    def job_created(self, namespace, job):
        threading.Thread(target=self._run, args=(namespace, job), daemon=True).start()

    def _run(self, namespace, job):
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        template = job["spec"]["template"]
        labels = dict(template.get("metadata", {}).get("labels", {}))
        labels.update({"job-name": name, "batch.kubernetes.io/job-name": name,
                       "controller-uid": uid, "batch.kubernetes.io/controller-uid": uid})
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": uid, "controller": True,
                 "blockOwnerDeletion": True}
        suffix = "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
        pod = {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": f"{name}-{suffix}", "labels": labels, "ownerReferences": [owner]},
               "spec": template["spec"], "status": {"phase": "Pending"}}
        with self.store.lock:
            if self._current(namespace, name, uid) is None:
                return
            pod = self.store.create("pods", namespace, pod)
        self.store.change("jobs", namespace, name, lambda j: j.setdefault("status", {}).update(
            active=1, startTime=now()))
        self.kubelet.pod_created(namespace, pod)
        deadline = job["spec"].get("activeDeadlineSeconds")
        end = time.monotonic() + deadline if deadline else None
        while True:
            with self.store.lock:
                if self._current(namespace, name, uid) is None:
                    return
                try:
                    phase = self.store.get("pods", namespace, pod["metadata"]["name"])["status"]["phase"]
                except Exception:
                    phase = "Gone"
                if phase in ("Succeeded", "Failed", "Gone"):
                    break
                if self.faults.get("replaces") and self._is_leaving(namespace, pod) and \
                        not self._current(namespace, name, uid)["metadata"].get("deletionTimestamp"):
                    # As clusters do that do not know podReplacementPolicy.
                    return self.job_created(namespace, job)
                if end and time.monotonic() >= end:
                    self._condition(namespace, name, "FailureTarget", "DeadlineExceeded")
                    self.kubelet.delete(namespace, pod["metadata"]["name"], None)
                    self._condition(namespace, name, "Failed", "DeadlineExceeded")
                    return
                self.store.changed.wait(1)
        if phase == "Succeeded":
            self._condition(namespace, name, "Complete", "CompletionsReached")
        else:
            self._condition(namespace, name, "Failed", "BackoffLimitExceeded")

    def _is_leaving(self, namespace, pod):
        return self.store.get("pods", namespace, pod["metadata"]["name"])["metadata"].get("deletionTimestamp")

    def _current(self, namespace, name, uid):
        job = self.store.objects.get(("jobs", namespace, name))
        return job if job and job["metadata"]["uid"] == uid else None

    def _condition(self, namespace, name, kind, reason):
        self.store.change("jobs", namespace, name, lambda j: j.setdefault("status", {}).setdefault(
            "conditions", []).append({"type": kind, "status": "True", "reason": reason,
                                      "lastTransitionTime": now(), "lastProbeTime": now()}))

    def delete_job(self, namespace, name, policy):
        job = self.store.get("jobs", namespace, name)
        uid = job["metadata"]["uid"]
        if policy == "Orphan":
            self.store.remove("jobs", namespace, name)
            return job
        if policy == "Foreground":
            if job["metadata"].get("deletionTimestamp"):
                return job
            self.store.change("jobs", namespace, name, lambda j: j["metadata"].update(
                deletionTimestamp=now(), finalizers=["foregroundDeletion"]))
        else:
            self.store.remove("jobs", namespace, name)
        threading.Thread(target=self._collect, args=(namespace, name, uid, policy), daemon=True).start()
        return job

    def _collect(self, namespace, name, uid, policy):
        for resource, space, owned in self.store.owned(uid):
            if resource == "pods":
                self.kubelet.delete(space, owned, None)
            else:
                self.store.remove(resource, space, owned)
        if policy == "Foreground":
            with self.store.lock:
                while any(r == "pods" for r, _, _ in self.store.owned(uid)):
                    self.store.changed.wait(1)
            self.store.remove("jobs", namespace, name)
