"""An identity that may send, but not manage groups: what it may not do waits, all else goes on."""

from scenario import Scenario, main, message, wait_until

ACTIONS = 50
FORBIDDEN = [{"name": "forbidden", "match": {"operation": "addUserToGroup"}, "status": 403,
              "headers": {"x-ms-error-code": "Error.Forbidden"}}]
DELIVERED = dict.fromkeys(range(1, ACTIONS + 1), "delivered")


def join(number):
    return {"actionName": "addUserToGroup", "userId": f"u{number}", "group": f"g{number}"}


class Forbidden(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.emulator.set_faults(FORBIDDEN)
        self.daemon = self.start_daemon(self.emulator.connection)
        self.joins = self.connect(self.daemon, ack="delivered")
        for number in range(ACTIONS):
            self.joins.send(join(number))
        self.joins.flush()
        wait_until(lambda: self.emulator.fault_counts()["forbidden"] > 0, "a refusal")

    def test_sends_go_on(self):
        sender = self.connect(self.daemon, ack="delivered")
        for number in range(ACTIONS):
            sender.send(message(f"s{number}", number))
        self.assertEqual(self.outcomes(sender, ACTIONS, seconds=5).by_seq, DELIVERED)
        self.assertLess(self.emulator.fault_counts()["forbidden"], ACTIONS)
        status = self.daemon.status()  # by a reload, which lets the kind be tried again
        self.assertEqual((status["actions waiting"], status["dead letters"]), (ACTIONS, 0))
        wait_until(lambda: "addUserToGroup" in self.daemon.log()
                   or "orbidden" in self.daemon.log(), "a word about it in the log")
        self.emulator.set_faults([])
        self.assertEqual(self.outcomes(self.joins, ACTIONS).by_seq, DELIVERED)


if __name__ == "__main__":
    main()
