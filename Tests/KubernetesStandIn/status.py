"""The `Status` objects with which an API server refuses."""

REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed",
           409: "Conflict", 410: "Expired", 415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests",
           500: "InternalError"}


class Refusal(Exception):
    def __init__(self, code, message, reason=None, retry_after=None):
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                       "message": message, "reason": reason or REASONS.get(code, "Unknown"), "code": code}


def not_found(resource, name):
    return Refusal(404, f'{resource} "{name}" not found')


def expired():
    return Refusal(410, "too old resource version")
