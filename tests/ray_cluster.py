"""Start a Ray cluster on loopback in a process of its own: run as a script with the processors of each node, the head first.

It says its address, removes its last node without a word for each line that it reads, and ends with its input.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.2"  # Ray takes 127.0.0.1 for another name of the machine's own address
OBJECTS = 80 * 2**20


class Running:
    """Hold a cluster that runs: its address, and a way to lose a node."""

    def __init__(self, process, address):
        self.process, self.address = process, address

    def lose_a_node(self):
        self.process.stdin.write("lose\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "lost\n"


@contextmanager
def ray_cluster(*processors):
    """Run a cluster of nodes with so many processors each; its workers find what stands in the folder of tests."""
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))},
        "RAY_TMPDIR": folder, "HOME": folder, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": str(Path(__file__).parent), "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }  # fmt: skip
    command = [sys.executable, __file__, *map(str, processors)]
    try:
        with (
            open(Path(folder) / "said", "w+") as said,  # noqa: PTH123
            subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            ) as process,
        ):
            address = process.stdout.readline().strip()
            said.seek(0)
            assert address, said.read()
            yield Running(process, address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(processors):
    from ray.cluster_utils import Cluster

    def node(count):
        return {
            "num_cpus": count,
            "node_ip_address": LOOPBACK,
            "object_store_memory": OBJECTS,
            "include_dashboard": False,
        }

    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 10}
    judged = (
        {"_system_config": quick} if processors[1:] else {}
    )  # a busy machine is no lost node: quick where one will be lost
    cluster = Cluster(initialize_head=True, head_node_args={**node(processors[0]), **judged})
    nodes = [cluster.add_node(**node(count)) for count in processors[1:]]
    answers = os.fdopen(os.dup(1), "w")
    print(cluster.address, file=answers, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(nodes.pop(), allow_graceful=False)
        print("lost", file=answers, flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
