"""Hubs on different services do not feel each other."""

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


if __name__ == "__main__":
    main()
