"""The smallest gateway in front of RQ: it puts a job into the queue for each request."""

import os

import flask
import redis
import rq

import rq_jobs

application = flask.Flask(__name__)
queue = rq.Queue(connection=redis.Redis.from_url(os.environ["REDIS"]))


@application.post("/jobs")
def take() -> tuple[flask.Response, int]:
    job = queue.enqueue(rq_jobs.probe, flask.request.get_json()["key"])
    return flask.jsonify(jobId=job.id), 202
