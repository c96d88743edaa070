"""What a scheduler, a node and its container engine do: pods run the real runner as a process."""
import base64
import datetime
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from store import now


def stamp():
    moment = time.time_ns()
    seconds, rest = divmod(moment, 1_000_000_000)
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"


class Pod:
    """A pod on its node."""

    def __init__(self):
        self.process = None
        self.lines = []  # (time, bytes)
        self.ended = False  # the container, with all its output
        self.evidence = {}  # what a fault adds to how the container ended
        self.lost = False  # the node says nothing any more
        self.deleting = False
        self.log_is_gone = False


class Kubelet:
    def __init__(self, store, runner, faults):
        self.store = store
        self.runner = runner
        self.faults = faults
        self.pods = {}
        self.starts = 0  # containers, ever

    def pod_created(self, namespace, pod):
        name = pod["metadata"]["name"]
        with self.store.lock:
            self.pods[name] = Pod()
        threading.Thread(target=self._run, args=(namespace, pod), daemon=True).start()

    def _status(self, namespace, name, **values):
        self.store.change("pods", namespace, name, lambda p: p["status"].update(values))

    def _container(self, pod, state):
        spec = pod["spec"]["containers"][0]
        return [{"name": spec["name"], "image": spec["image"], "imageID": "", "restartCount": 0,
                 "ready": "running" in state, "state": state}]

    def _wait_until(self, namespace, name, ready, while_not):
        """Waits for what a pod needs; no when it is deleted meanwhile."""
        while True:
            with self.store.lock:
                if ("pods", namespace, name) not in self.store.objects or self.pods[name].deleting:
                    return False
                if ready():
                    return True
            while_not()
            with self.store.lock:
                self.store.changed.wait(0.05)

    def _run(self, namespace, pod):
        name = pod["metadata"]["name"]
        if not self._wait_until(namespace, name, lambda: not self.faults.get("unschedulable"), lambda: self._status(
                namespace, name, conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                                              "message": "0/1 nodes are available: 1 Insufficient memory."}])):
            return self._gone(namespace, name)
        self._status(namespace, name, conditions=[{"type": "PodScheduled", "status": "True"}],
                     containerStatuses=self._container(pod, {"waiting": {"reason": "ContainerCreating"}}))
        image = pod["spec"]["containers"][0]["image"]
        if not self._wait_until(namespace, name, lambda: not self.faults.get("image"), lambda: self._status(
                namespace, name, containerStatuses=self._container(pod, {"waiting": {
                    "reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}}))):
            return self._gone(namespace, name)
        settings = {}

        def settings_are_there():
            settings.clear()
            for source in pod["spec"]["containers"][0].get("envFrom", []):
                secret = self.store.objects.get(("secrets", namespace, source["secretRef"]["name"]))
                if secret is None:
                    return False
                for key, value in secret["data"].items():
                    settings[key] = base64.b64decode(value).decode()
            return True

        if not self._wait_until(namespace, name, settings_are_there, lambda: self._status(
                namespace, name, containerStatuses=self._container(pod, {"waiting": {
                    "reason": "CreateContainerConfigError", "message": "secret not found"}}))):
            return self._gone(namespace, name)
        self._start(namespace, pod, settings)

    def _start(self, namespace, pod, settings):
        name = pod["metadata"]["name"]
        own = self.pods[name]
        folder = tempfile.mkdtemp(prefix="ingot-pod-")
        environment = dict(settings, PATH="/usr/bin:/bin", HOSTNAME=name, TMPDIR=folder)
        with self.store.lock:
            if own.deleting:
                return self._gone(namespace, name)
            own.process = subprocess.Popen(
                [self.runner] + pod["spec"]["containers"][0].get("args", []), env=environment, cwd=folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        began = now()
        self.starts += 1
        self._status(namespace, name, phase="Running", startTime=began,
                     containerStatuses=self._container(pod, {"running": {"startedAt": began}}))
        for line in own.process.stdout:
            with self.store.lock:
                own.lines.append((stamp(), line))
                self.store.changed.notify_all()
        code = own.process.wait()
        try:
            os.killpg(own.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        shutil.rmtree(folder, ignore_errors=True)
        with self.store.lock:
            own.ended = True
            self.store.changed.notify_all()
            if own.lost:
                return
        code = 128 - code if code < 0 else code
        terminated = {"exitCode": code, "reason": "Completed" if code == 0 else "Error", "startedAt": began,
                      "finishedAt": now()}
        terminated.update(own.evidence.get("terminated", {}))
        status = {"phase": "Succeeded" if code == 0 else "Failed",
                  "containerStatuses": self._container(pod, {"terminated": terminated})}
        self._status(namespace, name, **dict(status, **own.evidence.get("status", {})))
        if own.deleting:
            # A real node takes 5 to 10 s to let go of a pod whose container has ended.
            time.sleep(1)
            self._gone(namespace, name)

    def _gone(self, namespace, name):
        self.store.remove("pods", namespace, name)
        with self.store.lock:
            self.pods.pop(name, None)

    def delete(self, namespace, name, grace):
        with self.store.lock:
            pod = self.store.objects.get(("pods", namespace, name))
            own = self.pods.get(name)
            if pod is None:
                return
            if grace is None:
                grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
            process = own.process if own else None
            if grace == 0:
                if process and process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                return self._gone(namespace, name)
            self.store.change("pods", namespace, name, lambda p: p["metadata"].update(
                deletionTimestamp=now(), deletionGracePeriodSeconds=grace))
            if own is None:
                return
            own.deleting = True
            self.store.changed.notify_all()
            if own.lost:
                return
            if own.ended:
                return self._gone(namespace, name)
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                threading.Thread(target=self._kill_after, args=(process, grace), daemon=True).start()

    def _kill_after(self, process, grace):
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

    def disturb(self, namespace, name, what):
        """Lets something happen to a pod that runs."""
        own = self.pods[name]
        if what == "evict":
            # The container goes with all that is known of it, its log too.
            own.log_is_gone = True
            own.evidence = {"status": {"reason": "Evicted", "message": "The node was low on resource: memory.",
                                       "phase": "Failed", "containerStatuses": [],
                                       "conditions": [{"type": "DisruptionTarget", "status": "True",
                                                       "reason": "TerminationByKubelet"}]}}
            os.killpg(own.process.pid, signal.SIGKILL)
        elif what == "oom":
            own.evidence = {"terminated": {"reason": "OOMKilled"}}
            os.killpg(own.process.pid, signal.SIGKILL)
        elif what == "kill":
            os.killpg(own.process.pid, signal.SIGKILL)
        elif what == "lose":
            own.lost = True
            self._status(namespace, name, phase="Unknown", reason="NodeLost")
        elif what == "taint":
            own.lost = True
            self.store.change("pods", namespace, name, lambda p: (
                p["metadata"].update(deletionTimestamp=now(), deletionGracePeriodSeconds=1),
                p["status"].update(conditions=[{"type": "DisruptionTarget", "status": "True",
                                                "reason": "DeletionByTaintManager"}])))
        elif what == "vanish":
            if own.process:
                os.killpg(own.process.pid, signal.SIGKILL)
            self._gone(namespace, name)

    def stop(self):
        for own in list(self.pods.values()):
            if own.process and own.process.poll() is None:
                os.killpg(own.process.pid, signal.SIGKILL)
