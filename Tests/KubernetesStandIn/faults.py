"""What is to go wrong: set over the control route, asked for by everybody else."""
from status import Refusal


class Faults:
    def __init__(self):
        self.values = {}
        self.refusals = []  # [verb, resource, status, how often]
        self.lost_answers = []  # [verb, resource]
        self.calls = []  # "verb resource" of every call, in order

    def get(self, name):
        return self.values.get(name)

    def refuse(self, verb, resource):
        self.calls.append(f"{verb} {resource}")
        for entry in self.refusals:
            if entry[0] == verb and entry[1] == resource and entry[3] > 0:
                entry[3] -= 1
                raise Refusal(entry[2], f"made to fail with {entry[2]}",
                              retry_after=1 if entry[2] == 429 else None)

    def loses_answer(self, verb, resource):
        if [verb, resource] in self.lost_answers:
            self.lost_answers.remove([verb, resource])
            return True
        return False
