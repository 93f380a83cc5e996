"""Runs one task of a batch job on a node of a cluster, or collects what all tasks left.

    python3 watcher.py run INDEX
    python3 watcher.py collect
    python3 watcher.py pack

One file, standard library only, Python 3.6: clusters are old. It works in the folder it lies in,
which holds `job.json` (what to do), `input/` (files that all tasks share) and `tasks/NNNN/` (files
of one task). Whatever it reports over HTTP it leaves as files too, for a cluster whose nodes reach
nothing outside: `status/NNNN.json`, and `collect/merged.json.gz` with the merged results, or else
`collect/outputs.tar.gz` with the outputs of all tasks.
"""

import glob
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
OUTPUT = "yaptide_output.log"
REPORT_SECONDS = 2.0
HTTP_SECONDS = 10.0
LAST_WORD_SECONDS = 30.0
PARTING_SECONDS = 2.0
LONGEST_PAUSE = 300.0
TAIL = 4000
MERGING_PYTHON = (3, 11)
MERGING_NEEDS = ("pymchelper", "numpy", "msgspec")
MOST_SECONDS = 1e9
SEED = "{seed}"
SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}


def now():
    return datetime.now(timezone.utc).isoformat()


def read_json(path):
    with open(path) as file:
        return json.load(file)


def write_json(path, document):
    """Write a file that readers see whole or not at all."""
    draft = "{}.{}".format(path, os.getpid())
    with open(draft, "w") as file:
        file.write(json.dumps(document))
        file.write("\n")
    os.rename(draft, path)


class Backend:
    """Reports over HTTP, with TLS verified as the system does; silent when nobody answers."""

    def __init__(self, job):
        self.job = job
        self.answered = False
        self.refused = False

    def post(self, address, document):
        """Return the answer, None if there was none."""
        if not self.job["url"] or self.refused:
            return None
        whole = dict(document, update_key=self.job["update_key"])
        request = urllib.request.Request(
            self.job["url"] + address,
            json.dumps(whole).encode(),
            {"Content-Type": "application/json"},
        )
        # Before the body, and never to where somebody sends us on.
        request.add_unredirected_header("Authorization", "Bearer " + self.job["update_key"])
        try:
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:
                self.answered = True
                return json.loads(answer.read().decode())
        except urllib.error.HTTPError as error:
            self.answered = True
            # A final no: wrong or expired key, unknown job.
            self.refused = error.code in (400, 403, 404)
            return {"wanted": False} if self.refused else None
        except (OSError, ValueError):
            return None

    def post_patiently(self, address, document):
        """Repeat until there is an answer or half a minute has gone; return whether there was.

        Where nobody has answered so far, the node most likely reaches nothing outside. It is not
        kept from other work then: the files tell the same.
        """
        deadline = time.time() + (LAST_WORD_SECONDS if self.answered else 0)
        pause = 0.5
        while not self.refused and self.job["url"]:
            if self.post(address, document) is not None:
                return not self.refused
            if time.time() + pause > deadline:
                return False
            time.sleep(pause)
            pause = min(2 * pause, 10.0)
        return False

    def task(self, index, status, patiently=False):
        """Report on a task."""
        said = {
            "task_state": status["state"],
            "simulated_primaries": status["simulated"],
            "estimated_time": status["estimated"],
            "start_time": status["start"],
            "end_time": status["end"],
        }
        document = {
            "simulation_id": self.job["simulation_id"],
            "task_id": index,
            "update_dict": {name: value for name, value in said.items() if value is not None},
        }
        return (self.post_patiently if patiently else self.post)("/tasks", document)


class Reporter(threading.Thread):
    """Reports progress beside the simulation, so that a network that hangs holds up nothing."""

    def __init__(self, backend, index, status):
        threading.Thread.__init__(self, daemon=True)
        self.backend = backend
        self.index = index
        self.status = status
        self.wanted = True
        self.done = threading.Event()

    def run(self):
        pause = REPORT_SECONDS
        while True:
            answer = self.backend.task(self.index, dict(self.status))
            if answer is None:
                # Nobody answers: ask ever less often, the files tell the same.
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = REPORT_SECONDS
                self.wanted = answer.get("wanted", True)
            if self.done.wait(pause):
                return


class Follower:
    """Reads what is appended to files and finds the newest progress in it."""

    def __init__(self, folder, patterns, expressions, primaries):
        self.patterns = [os.path.join(folder, pattern) for pattern in patterns]
        self.expressions = [re.compile(expression) for expression in expressions]
        self.primaries = primaries
        self.started = time.time()
        self.places = {}

    def look(self, status):
        """Put new progress into `status`; return whether there was any."""
        before = (status["simulated"], status["estimated"])
        for pattern in self.patterns:
            for path in sorted(glob.glob(pattern)):
                for line in self.new_lines(path):
                    self.read(line, status)
        return before != (status["simulated"], status["estimated"])

    def new_lines(self, path):
        try:
            with open(path, "rb") as file:
                file.seek(self.places.get(path, 0))
                text = file.read()
        except OSError:
            return []
        # A line that is still being written is left for the next look.
        whole = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1]
        self.places[path] = self.places.get(path, 0) + len(whole)
        return re.split(r"[\r\n]+", whole.decode("utf-8", "replace"))

    def read(self, line, status):
        for expression in self.expressions:
            match = expression.search(line)
            if match:
                found = {name: float(text) for name, text in match.groupdict().items() if text}
                self.take(found, status)

    def take(self, found, status):
        done = found.get("done")
        if "percent" in found:
            done = found["percent"] / 100.0 * self.primaries
        if done is not None:
            status["simulated"] = max(status["simulated"], int(min(done, self.primaries)))
        left = self.seconds_left(found, status["simulated"])
        if left is not None:
            status["estimated"] = int(min(left, MOST_SECONDS))

    def seconds_left(self, found, done):
        """Return what a line says of the time left, else an estimate by the time passed."""
        told = [found[name] * factor for name, factor in SECONDS.items() if name in found]
        if told:
            return sum(told)
        if "left" in found and "each" in found:
            return min(found["left"], self.primaries) * min(found["each"], MOST_SECONDS)
        if done:
            return (time.time() - self.started) * (self.primaries - done) / done
        return None


def tail_of(paths):
    """Return the last lines of files, newest file last."""
    texts = []
    for path in paths:
        try:
            with open(path, "rb") as file:
                file.seek(max(0, os.path.getsize(path) - TAIL))
                texts.append(file.read(TAIL).decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(texts)[-2 * TAIL :]


def is_ours(folder, index):
    """Say whether this array may run the task.

    A submission whose answer was lost may have been repeated: the second array does nothing. An
    element that its cluster has requeued belongs to the same array and runs again.
    """
    array = os.environ.get("SLURM_ARRAY_JOB_ID", "")
    path = os.path.join(folder, "claims", "{:04d}".format(index))
    try:
        claim(path, array)
    except FileExistsError:
        with open(path) as file:
            return file.read() == array
    return True


def claim(path, array):
    """Make a file that is there whole or not at all, also when its maker is killed."""
    draft = "{}.{}.{}".format(path, array, os.getpid())
    with open(draft, "w") as file:
        file.write(array)
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        with open(path, "x") as file:
            file.write(array)
    finally:
        os.unlink(draft)


def prepare(folder, index):
    """Return the folder of a task, with links to the files that it shares with the others."""
    work = os.path.join(folder, "tasks", "{:04d}".format(index))
    os.makedirs(work, exist_ok=True)
    shared = os.path.join(folder, "input")
    for name in os.listdir(shared):
        link = os.path.join(work, name)
        if not os.path.lexists(link):
            os.symlink(os.path.join(shared, name), link)
    return work


def objection(work, exit_code, required):
    """Return why a run is no good, empty if it is good."""
    if exit_code < 0:
        return "The simulator was ended by signal {}.".format(-exit_code)
    if exit_code:
        return "The simulator ended with exit code {}.".format(exit_code)
    for pattern in required:
        if not glob.glob(os.path.join(work, pattern)):
            return "The simulator ended without leaving a file {}.".format(pattern)
    return ""


class Run:
    """One task, from its start to its last word."""

    def __init__(self, folder, index):
        self.job = read_json(os.path.join(folder, "job.json"))
        self.folder = folder
        self.index = index
        self.backend = Backend(self.job)
        self.primaries = self.job["shares"][index - 1]
        self.path = os.path.join(folder, "status", "{:04d}.json".format(index))
        self.status = {
            "task": index,
            "state": "RUNNING",
            "simulated": 0,
            "estimated": None,
            "start": now(),
            "end": None,
            "reason": "",
        }

    def __call__(self):
        work = prepare(self.folder, self.index)
        write_json(self.path, self.status)
        reporter = Reporter(self.backend, self.index, self.status)
        reporter.start()
        exit_code = self.simulate(work, reporter)
        reporter.done.set()
        # Whether anybody answers decides how long the last word is repeated.
        reporter.join(HTTP_SECONDS)
        if not reporter.wanted:
            self.end("CANCELED", "The job was cancelled.")
            return 0
        reason = objection(work, exit_code, self.job["required"])
        if reason:
            # Whoever ends the whole job, for its time limit or to start it anew, ends the simulator
            # a moment before us. Then it is for the cluster to say what happened, not for us.
            time.sleep(PARTING_SECONDS)
            logs = [os.path.join(work, OUTPUT)]
            for pattern in self.job["logs"]:
                logs += sorted(glob.glob(os.path.join(work, pattern)))
            reason = "{}\n\n{}".format(reason, tail_of(logs)).strip()
        self.end("FAILED" if reason else "COMPLETED", reason)
        self.say(reason)
        return 1 if reason else 0

    def simulate(self, work, reporter):
        """Run the simulator and follow its logs; return its exit code."""
        argv = [part.replace(SEED, str(self.index)) for part in self.job["command"]]
        follower = Follower(work, [OUTPUT] + self.job["logs"], self.job["progress"], self.primaries)
        with open(os.path.join(work, OUTPUT), "wb") as output:
            try:
                process = subprocess.Popen(
                    argv,
                    cwd=work,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                output.write("{} can't be started: {}\n".format(argv[0], error).encode())
                return 127
            self.follow(process, follower, reporter)
        follower.look(self.status)
        return process.returncode

    def follow(self, process, follower, reporter):
        while process.poll() is None:
            if not reporter.wanted:
                kill(process)
                return
            if follower.look(self.status):
                write_json(self.path, self.status)
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue

    def end(self, state, reason):
        self.status.update(state=state, end=now(), estimated=None, reason=reason)
        if state == "COMPLETED":
            self.status["simulated"] = self.primaries
        write_json(self.path, self.status)

    def say(self, reason):
        if reason:
            name = "task_{:04d}_error.log".format(self.index)
            document = {"simulation_id": self.job["simulation_id"], "logfiles": {name: reason}}
            self.backend.post_patiently("/logfiles", document)
        self.backend.task(self.index, self.status, patiently=True)


def kill(process):
    """End the simulator with everything it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(2)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            process.wait()
            return


def statuses(folder, count):
    """Return what is known of each task, by index."""
    found = {}
    for index in range(1, count + 1):
        try:
            found[index] = read_json(os.path.join(folder, "status", "{:04d}.json".format(index)))
        except (OSError, ValueError):
            continue
    return found


def outputs_of(work, shared):
    """Return the files that a run has left, relative to its folder; links are input."""
    for place, _folders, names in os.walk(work):
        for name in sorted(names):
            path = os.path.join(place, name)
            relative = os.path.relpath(path, work)
            if os.path.isfile(path) and not os.path.islink(path) and relative not in shared:
                yield relative


def pack(folder, job, completed):
    """Pack the outputs of all completed tasks: NNNN/NAME in one archive, there whole or not."""
    path = os.path.join(folder, "collect", "outputs.tar.gz")
    draft = "{}.{}".format(path, os.getpid())
    with tarfile.open(draft, "w:gz", compresslevel=1) as archive:
        for index in completed:
            name = "{:04d}".format(index)
            work = os.path.join(folder, "tasks", name)
            for relative in outputs_of(work, set(job["own"])):
                archive.add(os.path.join(work, relative), "{}/{}".format(name, relative))
    os.rename(draft, path)


def merged(folder, completed):
    """Merge with our own code where this Python has what it needs; return whether that was done."""
    code = os.path.join(folder, "merging.zip")
    if not completed or not os.path.exists(code) or sys.version_info < MERGING_PYTHON:
        return False
    if not all(importlib.util.find_spec(name) for name in MERGING_NEEDS):
        return False
    path = os.pathsep.join(filter(None, [code, os.environ.get("PYTHONPATH", "")]))
    argv = [sys.executable, "-m", "entrypoints.processes.merge_on_node", folder]
    argv += [str(index) for index in completed]
    return subprocess.call(argv, env=dict(os.environ, PYTHONPATH=path)) == 0


def collect(folder, merging):
    """Leave what all completed tasks have scored, to be fetched: merged, or else their outputs."""
    job = read_json(os.path.join(folder, "job.json"))
    known = statuses(folder, len(job["shares"]))
    completed = [index for index, said in known.items() if said["state"] == "COMPLETED"]
    if not (merging and merged(folder, completed)):
        pack(folder, job, completed)
    return 0


def main(argv):
    for name in ("status", "claims", "collect"):
        os.makedirs(os.path.join(HERE, name), exist_ok=True)
    if argv[0] in ("collect", "pack"):
        return collect(HERE, merging=argv[0] == "collect")
    index = int(argv[1])
    if not is_ours(HERE, index):
        print("Another array runs this task already.")
        return 0
    return Run(HERE, index)()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
