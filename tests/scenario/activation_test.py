"""systemd may open the socket: then no connection attempt is lost over a restart."""

import os
import socket

from scenario import Scenario, main, message


class Activation(Scenario):
    def test_a_socket_that_systemd_opened_is_taken(self):
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(daemon.socket_path)
            listener.listen()
            # Before anybody runs: the connection waits in the socket, as after a restart.
            producer = self.connect(daemon, ack="delivered")
            producer.send(message("g", 1))
            producer.flush()
            daemon.launch(through=as_systemd(listener.fileno()), pass_fds=[listener.fileno()])
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
            self.assertEqual(daemon.close(), 0)
            self.assertTrue(os.path.exists(daemon.socket_path), "it is not ours to remove")
            self.connect(daemon)  # and it still takes connections


def as_systemd(descriptor):
    """sd_listen_fds(3): descriptor 3, and the process for which it is meant."""
    script = f'exec env LISTEN_FDS=1 LISTEN_PID=$$ "$@" 3<&{descriptor}'
    return ["bash", "-c", script, "bash"]


if __name__ == "__main__":
    main()
