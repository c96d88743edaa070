"""A strict stand-in for a Kubernetes API server, with a controller and one node that runs the real runner.

Usage: server.py RUNNER TOKEN [CERTIFICATE KEY]; prints its port. It ends when its standard input does.
"""
import json
import os
import re
import ssl
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import schema
from controller import Controller
from faults import Faults
from kubelet import Kubelet
from status import Refusal
from store import Store

KINDS = {"jobs": ("Job", "batch/v1"), "pods": ("Pod", "v1"), "secrets": ("Secret", "v1")}
PATHS = [
    (re.compile(r"/apis/batch/v1/namespaces/([^/]+)/(jobs)(?:/([^/]+))?"), None),
    (re.compile(r"/api/v1/namespaces/([^/]+)/(pods|secrets)(?:/([^/]+))?"), None),
    (re.compile(r"/api/v1/namespaces/([^/]+)/(pods)/([^/]+)/log"), "log"),
]
QUERIES = {"list": {"labelSelector", "limit", "continue"}, "get": set(), "create": set(), "delete": set(),
           "watch": {"labelSelector", "watch", "allowWatchBookmarks", "timeoutSeconds", "resourceVersion"},
           "log": {"container", "follow", "timestamps", "sinceTime"}}
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def do_PATCH(self):
        self.answer("PATCH")

    def answer(self, method):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.began = False
        try:
            address = urlsplit(self.path)
            if address.path.startswith("/control/"):
                return self.send(200, self.server.control(address.path[9:], json.loads(body or "{}")))
            if self.headers.get("authorization") != f"Bearer {self.server.token()}":
                raise Refusal(401, "Unauthorized")
            self.route(method, address.path, {k: v[0] for k, v in parse_qs(address.query).items()}, body)
        except Refusal as refusal:
            headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else {}
            self.send(refusal.code, refusal.status, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def route(self, method, path, query, body):
        if path == "/version" and method == "GET":
            return self.send(200, {"major": "1", "minor": "33", "gitVersion": "v1.33.0+standin"})
        obj = None
        if method in ("POST", "DELETE") and body:
            if self.headers.get("content-type") != "application/json":
                raise Refusal(415, "the body of the request was in an unknown format")
            obj = json.loads(body)
        if path == REVIEWS and method == "POST":
            schema.kubernetes_validate.validate(obj, schema.VERSION, strict=True)
            asked = obj["spec"]["resourceAttributes"]
            resource = asked["resource"] + ("/" + asked["subresource"] if asked.get("subresource") else "")
            allowed = f'{asked["verb"]} {resource}' not in (self.server.faults.get("forbidden") or [])
            return self.send(201, dict(obj, status={"allowed": allowed}))
        for pattern, subresource in PATHS:
            found = pattern.fullmatch(path)
            if found:
                return self.resource(method, *found.groups(), subresource, query, obj)
        raise Refusal(404, "the server could not find the requested resource")

    def resource(self, method, namespace, resource, name, subresource, query, obj):
        server = self.server
        verb = {"POST": "create", "DELETE": "delete", "GET": "get" if name else "list"}.get(method)
        if verb is None or (verb == "create" and name) or (verb == "delete" and not name):
            raise Refusal(405, "the server does not allow this method on the requested resource")
        if verb == "list" and query.get("watch") == "true":
            verb = "watch"
        unknown = set(query) - QUERIES["log" if subresource else verb]
        if unknown:
            raise Refusal(400, f"unknown query parameters {sorted(unknown)}")
        shown = f"{resource}/log" if subresource else resource
        if namespace != "runners":
            raise Refusal(403, f'{shown} is forbidden: cannot {verb} in the namespace "{namespace}"')
        if f"{verb} {shown}" in (server.faults.get("forbidden") or []):
            raise Refusal(403, f'{shown} is forbidden: User "gateway" cannot {verb} resource "{shown}"')
        server.faults.refuse(verb, shown)
        if subresource:
            return self.log(namespace, name, query)
        if verb == "watch":
            return self.watch(resource, namespace, query)
        if verb == "list":
            return self.list(resource, namespace, query)
        if verb == "get":
            return self.send(200, server.store.get(resource, namespace, name))
        if verb == "create":
            schema.check(obj, *KINDS[resource], namespace)
            created = server.store.create(resource, namespace, obj)
            if resource == "jobs":
                server.controller.job_created(namespace, created)
            if server.faults.loses_answer(verb, resource):
                self.close_connection = True
                return self.connection.shutdown(2)
            return self.send(201, created)
        return self.delete(resource, namespace, name, obj or {})

    def list(self, resource, namespace, query):
        kind, version = KINDS[resource]
        if "continue" in query:
            if self.server.faults.get("expired_lists"):
                self.server.faults.values["expired_lists"] -= 1
                raise Refusal(410, "The provided continue parameter is too old")
            # As a real one: what follows is of the same moment as the first piece, whatever has changed since.
            try:
                objects, at = self.server.lists.pop(query["continue"])
            except KeyError:
                raise Refusal(410, "The provided continue parameter is too old") from None
        else:
            objects, at = self.server.store.list(resource, namespace, query.get("labelSelector", ""))
        limit = min(int(query.get("limit", 500)), self.server.piece)
        metadata = {"resourceVersion": str(at)}
        if limit < len(objects):
            token = str(uuid.uuid4())
            self.server.lists[token] = (objects[limit:], at)
            metadata.update({"continue": token, "remainingItemCount": len(objects) - limit})
        self.send(200, {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": objects[:limit]})

    def delete(self, resource, namespace, name, options):
        server = self.server
        if options and (options.get("kind") != "DeleteOptions"
                        or set(options) - {"kind", "apiVersion", "propagationPolicy", "gracePeriodSeconds"}):
            raise Refusal(400, "the body is no DeleteOptions")
        found = server.store.get(resource, namespace, name)
        if resource == "jobs":
            found = server.controller.delete_job(namespace, name, options.get("propagationPolicy", "Background"))
        elif resource == "pods":
            server.kubelet.delete(namespace, name, options.get("gracePeriodSeconds"))
        else:
            server.store.remove(resource, namespace, name)
        self.send(200, found if resource == "pods" else {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})

    def watch(self, resource, namespace, query):
        store = self.server.store
        version = int(query.get("resourceVersion") or 0)
        if self.server.faults.get("gone_as_status"):
            self.server.faults.values["gone_as_status"] -= 1
            raise Refusal(410, "too old resource version")
        end = time.monotonic() + int(query.get("timeoutSeconds", 300))
        generation = store.generation
        self.begin("application/json")
        bookmark = time.monotonic() + 1
        while time.monotonic() < end:
            with store.lock:
                if store.generation != generation:
                    self.close_connection = True
                    return self.connection.shutdown(2)
                try:
                    events = store.events(resource, namespace, query.get("labelSelector", ""), version)
                except Refusal as refusal:
                    self.chunk(json.dumps({"type": "ERROR", "object": refusal.status}).encode() + b"\n")
                    return self.finish_chunks()
                if not events:
                    if time.monotonic() >= bookmark and query.get("allowWatchBookmarks") == "true":
                        kind, api = KINDS[resource]
                        version = store.version
                        events = [(version, "BOOKMARK", {"kind": kind, "apiVersion": api,
                                                         "metadata": {"resourceVersion": str(version)}})]
                        bookmark = time.monotonic() + 1
                    else:
                        store.changed.wait(0.2)
                        continue
            for at, kind, obj in events:
                self.chunk(json.dumps({"type": kind, "object": obj}).encode() + b"\n")
                version = at
        self.finish_chunks()

    def log(self, namespace, name, query):
        store = self.server.store
        store.get("pods", namespace, name)
        own = self.server.kubelet.pods.get(name)
        if own is not None and own.log_is_gone and own.ended:
            raise Refusal(400, f'container "runner" in pod "{name}" is not available')
        if own is None or own.process is None:
            raise Refusal(400, f'container "runner" in pod "{name}" is waiting to start: ContainerCreating')
        if query.get("timestamps") != "true" or query.get("container") != "runner":
            raise Refusal(400, "this stand-in gives logs of the container runner with timestamps only")
        # As precise as a metav1.Time: whole seconds.
        since = query.get("sinceTime", "")[:19]
        follows, generation, position = query.get("follow") == "true", store.generation, 0
        self.begin("text/plain")
        sent = 0
        while True:
            with store.lock:
                lines, ended = own.lines[position:], own.ended
                if store.generation != generation:
                    self.close_connection = True
                    return self.connection.shutdown(2)
                if not lines and not (ended or not follows):
                    store.changed.wait(0.2)
                    continue
            position += len(lines)
            for at, line in lines:
                if at[:19] < since:
                    continue
                text = at.encode() + b" " + line
                cut = self.server.faults.get("cut_logs")
                if cut and sent >= 20:
                    self.server.faults.values["cut_logs"] -= 1
                    self.chunk(text[:len(text) // 2])
                    self.close_connection = True
                    return self.connection.shutdown(2)
                self.chunk(text)
                sent += 1
            if not lines and (ended or not follows):
                return self.finish_chunks()

    def begin(self, kind):
        self.began = True
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def finish_chunks(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def send(self, code, obj, headers=None):
        data = json.dumps(obj).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    piece = 2  # what a list gives at once, so that every list of more is continued

    def __init__(self, runner, token):
        super().__init__(("127.0.0.1", 0), Handler)
        self.accepted = token
        self.faults = Faults()
        self.lists = {}  # by token: what is left of a list, and the version that it is of
        self.store = Store()
        self.kubelet = Kubelet(self.store, runner, self.faults)
        self.controller = Controller(self.store, self.kubelet, self.faults)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)

    def token(self):
        return self.accepted

    def control(self, what, body):
        if what == "set":
            self.faults.values.update(body)
        elif what == "refuse":
            self.faults.refusals.append([body["verb"], body["resource"], body["status"], body["times"]])
        elif what == "lose":
            self.faults.lost_answers.append([body["verb"], body["resource"]])
        elif what == "expire":
            self.store.forget_history()
        elif what == "drop":
            with self.store.lock:
                self.store.generation += 1
                self.store.changed.notify_all()
        elif what == "token":
            self.accepted = body["token"]
        elif what == "disturb":
            with self.store.lock:
                names = [n for r, _, n in self.store.objects if r == "pods" and body.get("pod", "") in n]
            for name in names:
                self.kubelet.disturb("runners", name, body["what"])
        elif what == "await":
            # Until there are so many objects, or somebody gives up.
            with self.store.lock:
                self.store.changed.wait_for(lambda: len(self.store.objects) >= body["objects"], 60)
        elif what == "delete":
            with self.store.lock:
                names = [n for r, _, n in self.store.objects if r == "pods"]
            for name in names:
                self.kubelet.delete("runners", name, None)
        elif what == "objects":
            with self.store.lock:
                return {"objects": [list(key) for key in sorted(self.store.objects)],
                        "processes": sum(1 for p in self.kubelet.pods.values()
                                         if p.process and p.process.poll() is None),
                        "starts": self.kubelet.starts, "calls": self.faults.calls}
        else:
            raise Refusal(404, what)
        return {}


def main():
    server = Server(sys.argv[1], sys.argv[2])
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.kubelet.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
