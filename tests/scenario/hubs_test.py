"""Hubs on different services do not feel each other."""

from pathlib import Path

from scenario import Scenario, main, message, wait_until


class Hubs(Scenario):
    def test_a_dead_endpoint_leaves_the_other_hub_alone(self):
        alive, dead = self.start_emulator(), self.start_emulator()
        dead.kill()
        daemon = self.start_daemon(
            alive.connection,
            'services.other.connection = "OtherConnection"\nhubs.chat.service = ""\n'
            'hubs.lost.service = "other"\n', environment={"OtherConnection": dead.connection})
        lost = self.connect(daemon, hub="lost", ack="delivered")
        chat = self.connect(daemon, hub="chat", ack="delivered")
        for number in range(1000):
            lost.send(message(f"g{number % 10}", number))
            chat.send(message(f"g{number % 10}", number))
        lost.flush()
        wait_until(lambda: "lost" in daemon.log() and "held" in daemon.log(), "the hold")
        self.assertEqual(self.outcomes(chat, 1000).counts["delivered"], 1000)
        self.assertEqual(daemon.status()["actions waiting"], 1000)
        dead.restart()
        self.assertEqual(self.outcomes(lost, 1000).counts["delivered"], 1000)
        self.assertEqual(daemon.status()["dead letters"], 0)
        self.assertEqual((alive.requests(), dead.requests()), (1000, 1000))


    def test_hubs_that_are_gone_free_their_threads_and_descriptors(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection)
        producer = self.connect(daemon, ack="delivered")  # open all the time
        producer.send(message("g", 0))
        self.outcomes(producer, 1)
        before = counts(daemon)
        for number in range(100):
            name = f"hub{number}"
            daemon.write_config(f"[hubs.{name}]\n")
            self.assertEqual(daemon.status()["hubs"] >= 2, True)
            producer.send({**message("g", number), "hub": name})
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
        daemon.write_config("")
        daemon.status()
        # Its own connection to the service may have been closed since.
        wait_until(lambda: counts(daemon) <= before, f"at most {before}")
        self.assertEqual(daemon.status()["delivered"], 101)
        self.assertNotIn("nothing was changed", daemon.log())


def counts(daemon):
    """Of threads and descriptors."""
    process = Path(f"/proc/{daemon.process.pid}")
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))


if __name__ == "__main__":
    main()
